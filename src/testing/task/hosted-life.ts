import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StagedReprocessor } from '../../reprocessor/staged-reprocessor.ts';
import type { TableDifference } from '../../reprocessor/report.ts';
import type { Delta } from '../../source/delta.ts';
import type { Source } from '../../source/source.ts';
import type { History } from './history.ts';
import { WrongRows, type LawTrial } from './law-trial.ts';
import type { TaskSubject } from './suite-options.ts';

/** Alerts that what the suite does brings about. */
const EXPECTED_ALERTS: readonly string[] = ['APPLY_FAILED', 'RECORD_QUARANTINED'];

/** Tasks and their stores in a real reprocessor, which is opened, fed, stopped half-way and opened again. */
export class HostedLife {
  readonly #subject: TaskSubject;
  readonly #trial: LawTrial;
  readonly #directory: string | undefined;
  /** Aborted by what no task of good rows may bring about. */
  readonly #failed = new AbortController();
  #opened: StagedReprocessor | undefined;
  /** How many operations the source holds. */
  #reached = 0;
  /** The fail-point that stops the next delta, and what is told when it was reached. */
  #stop: { readonly point: string; readonly reached: () => void } | undefined;

  constructor(subject: TaskSubject, trial: LawTrial) {
    this.#subject = subject;
    this.#trial = trial;
    const isDurable = Object.values(subject.stores).some(({ supports }) => supports.durable);
    this.#directory = isDurable ? mkdtempSync(join(tmpdir(), 'sr-task-suite-')) : undefined;
  }

  get reprocessor(): StagedReprocessor {
    if (this.#opened === undefined) throw new Error('The reprocessor is not open');
    return this.#opened;
  }

  get history(): History {
    return this.#trial.history;
  }

  async open(): Promise<void> {
    const { stores, tasks } = this.#subject;
    this.#opened = await StagedReprocessor.open({
      ...(this.#directory === undefined ? {} : { dataDir: this.#directory }),
      stores,
      tasks: tasks(),
      source: this.source,
      maxShrink: 1,
      maxQuarantined: Number.MAX_SAFE_INTEGER,
      diskReserveBytes: 0,
      retry: { maxRetries: 0 },
      seed: this.history.seed,
      failPoint: (name) => {
        this.#reach(name);
      },
    });
    this.#opened.on('alert', ({ code, error, message }) => {
      if (EXPECTED_ALERTS.includes(code)) return;
      this.#failed.abort(new Error(message, { cause: error }));
    });
    // A volatile store without a directory forgets that it ever was live.
    if (this.#directory === undefined || !this.#opened.status().ready) await this.#opened.reprocess();
  }

  /** The source as it is when a snapshot is opened. */
  get source(): Source {
    return { openSnapshot: () => this.history.snapshotAt(this.#reached) };
  }

  /** The operations from number `from` up to and without `to`; the source holds them from now on. */
  delta(from: number, to: number): Delta {
    this.#trial.last = { from, to };
    this.#reached = Math.max(this.#reached, to);
    return { ...this.history.delta(from, to), cursor: to };
  }

  /** Stops the process at a fail-point while it applies a delta, and starts it anew. */
  async crash(point: string, delta: Delta): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.#stop = {
      point,
      reached: () => {
        resolve(undefined);
      },
    };
    await this.reprocessor.consume(delta);
    await this.#unlessFailed(promise);
    await this.reprocessor.close();
    await this.open();
  }

  /** Waits until everything through operation number `to` is live, and compares it with a rebuild. */
  async check(to: number): Promise<void> {
    const sequence = this.history.sequenceAt(to);
    const { signal } = this.#failed;
    await this.#unlessFailed(this.reprocessor.whenApplied(sequence, { signal }));
    let differences: readonly TableDifference[] | undefined;
    // A run that the library has started itself may still be ending.
    while (differences === undefined) {
      const report = await this.reprocessor.reprocess({ shadow: true, whenRunning: 'join' });
      ({ differences } = report);
    }
    if (signal.aborted) throw signal.reason;
    const lines = differences.flatMap(differenceLines);
    if (lines.length > 0) throw new WrongRows(lines);
    const position = this.reprocessor.position();
    if (position?.sequence !== sequence) {
      throw new Error(`position() says ${String(position?.sequence)}, ${String(sequence)} was applied`);
    }
  }

  async close(): Promise<void> {
    try {
      await this.#opened?.close();
    } finally {
      if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
    }
  }

  #reach(name: string): void {
    if (this.#stop?.point !== name) return;
    const { reached } = this.#stop;
    this.#stop = undefined;
    reached();
    throw new Error(`The task suite stops the process at ${name}`);
  }

  async #unlessFailed<T>(work: Promise<T>): Promise<T> {
    const { signal } = this.#failed;
    const failed = new Promise<never>((_resolve, reject) => {
      const onAbort = (): void => {
        reject(new Error('The reprocessor raised an alert', { cause: signal.reason }));
      };
      if (signal.aborted) onAbort();
      else signal.addEventListener('abort', onAbort, { once: true });
    });
    work.catch(() => undefined);
    failed.catch(() => undefined);
    return Promise.race([work, failed]);
  }
}

function differenceLines({ store, table, first, ...difference }: TableDifference): readonly string[] {
  const { added, removed, changed, liveSequence, stagedSequence } = difference;
  const told = `live at ${String(liveSequence)}, rebuilt at ${String(stagedSequence)}`;
  if (added + removed + changed === 0 && liveSequence === stagedSequence) return [];
  return [
    `  store '${store}', table '${table}' (${told}):`,
    ...first.map(({ live = 'none', staged = 'none' }) => `    live: ${live}; must be: ${staged}`),
  ];
}
