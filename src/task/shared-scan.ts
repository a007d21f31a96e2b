import { AsyncLocalStorage } from 'node:async_hooks';
import { abortError, isReprocessError, StagedReprocessError } from '../errors.ts';
import type { ScanVisitor, SourceSnapshot } from '../source/source.ts';
import { SharedPass } from './shared-pass.ts';
import type { TaskSnapshot } from './snapshot.ts';

/** What the engine does around the batches of one task. */
export interface ScanHooks {
  /** Throws when the task's context is dead. */
  readonly check: () => void;
  /** Called after each batch of the task's scans; its promise holds the scan back. */
  readonly afterBatch: (table: string, rows: number) => Promise<void> | undefined;
}

interface Participant {
  readonly hooks: ScanHooks;
  /** Tables that the task declared and has not asked for yet. */
  readonly expected: Set<string>;
  readonly waiting: ScanRequest[];
}

/** One `scan` call of one task. */
export interface ScanRequest {
  readonly table: string;
  readonly visitor: ScanVisitor;
  readonly hooks: ScanHooks;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Lets tasks that scan the same table share one pass. A pass starts when every running task waits in a scan or has
 * ended, so no order of scans can deadlock (a scan that a visitor starts gets a pass of its own); of the tables waited for, the one is taken that the fewest running tasks
 * have declared and not asked for yet, so that late comers do not need a pass of their own.
 */
export class SharedScan {
  readonly #snapshot: SourceSnapshot;
  readonly #signal: AbortSignal;
  readonly #participants = new Set<Participant>();
  /** Set inside a visitor. */
  readonly #visiting = new AsyncLocalStorage<boolean>();
  #started = false;
  #passing = false;
  #scheduled = false;

  constructor(snapshot: SourceSnapshot, signal: AbortSignal) {
    this.#snapshot = snapshot;
    this.#signal = signal;
  }

  /** Adds a task before `start`. Call `end` when its promise has settled. */
  join(
    declared: readonly string[],
    hooks: ScanHooks,
  ): { readonly snapshot: TaskSnapshot; readonly end: () => void } {
    const participant: Participant = { hooks, expected: new Set(declared), waiting: [] };
    this.#participants.add(participant);
    const source = this.#snapshot;
    const snapshot: TaskSnapshot = {
      sequence: source.sequence,
      tables: source.tables,
      estimateRows: (table) => source.estimateRows(table),
      scan: (table, visitor) => this.#request(participant, table, visitor),
      get: async (table, key) => {
        hooks.check();
        return fromSource(() => source.get(table, key), `a row of table '${table}'`);
      },
    };
    return {
      snapshot,
      end: () => {
        this.#participants.delete(participant);
        for (const { reject } of participant.waiting.splice(0)) reject(forgotten());
        this.#schedule();
      },
    };
  }

  /** No pass starts before all tasks have joined. */
  start(): void {
    this.#started = true;
    this.#schedule();
  }

  #request(participant: Participant, table: string, visitor: ScanVisitor): Promise<void> {
    const done = new Promise<void>((resolve, reject) => {
      participant.hooks.check();
      if (this.#signal.aborted) throw abortError(this.#signal);
      participant.expected.delete(table);
      const request = { table, visitor, hooks: participant.hooks, resolve, reject };
      if (this.#visiting.getStore() === true) {
        // The pass that is going on may wait for this one: it cannot wait for others.
        void this.#pass(table, [request]);
      } else {
        participant.waiting.push(request);
        this.#schedule();
      }
    });
    // A task may forget a scan that it has begun.
    done.catch(() => undefined);
    return done;
  }

  /** One turn later, so that a task can ask for several tables at once. */
  #schedule(): void {
    if (this.#scheduled || !this.#started) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      const table = this.#passing ? undefined : this.#nextTable();
      if (table !== undefined) void this.#sharedPass(table);
    });
  }

  #nextTable(): string | undefined {
    const participants = [...this.#participants];
    if (participants.length === 0 || participants.some(({ waiting }) => waiting.length === 0))
      return undefined;
    const missing = (table: string): number =>
      participants.filter(({ expected }) => expected.has(table)).length;
    const tables = participants.flatMap(({ waiting }) => waiting.map((request) => request.table));
    return tables.reduce((best, table) => (missing(table) < missing(best) ? table : best));
  }

  async #sharedPass(table: string): Promise<void> {
    this.#passing = true;
    const requests = [...this.#participants].flatMap((participant) => takeRequests(participant, table));
    await this.#pass(table, requests);
    this.#passing = false;
    this.#schedule();
  }

  async #pass(table: string, requests: readonly ScanRequest[]): Promise<void> {
    const pass = new SharedPass(requests, this.#signal, (visit) => this.#visiting.run(true, visit));
    try {
      await fromSource(
        () => this.#snapshot.scan(table, pass.visitor, { signal: pass.signal }),
        `table '${table}'`,
      );
      pass.resolve();
    } catch (error) {
      pass.reject(this.#signal.aborted ? abortError(this.#signal) : error);
    }
  }
}

function forgotten(): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_HANDLE_CLOSED',
    'The task has ended without waiting for its scan',
  );
}

function takeRequests(participant: Participant, table: string): readonly ScanRequest[] {
  const { waiting } = participant;
  const taken = waiting.filter((request) => request.table === table);
  const left = waiting.filter((request) => request.table !== table);
  waiting.splice(0, waiting.length, ...left);
  return taken;
}

async function fromSource<T>(read: () => Promise<T>, what: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (isReprocessError(error)) throw error;
    throw new StagedReprocessError('REPROCESS_SOURCE_FAILED', `The source could not read ${what}`, {
      cause: error,
    });
  }
}
