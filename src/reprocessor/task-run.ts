import { StagedReprocessError } from '../errors.ts';
import { expected } from '../store/expected.ts';
import { TaskSink } from '../store/task-sink.ts';
import type { Finding, QuarantinedRecord, Sink, SinkOptions, TaskContext } from '../task/context.ts';
import type { ReconOmTask } from '../task/task.ts';
import { errorReport, type FindingReport, type QuarantineReport, type TaskReport } from './report.ts';
import type { StagedGeneration } from './stage.ts';

/** How many quarantined records and findings of a kind a report shows. */
const SHOWN = 20;

export interface TaskRunHooks {
  readonly onProgress: (table: string, rows: number) => void;
  /** Counts over all tasks of the run; throws past the limit. */
  readonly onQuarantine: () => void;
}

/** One task in one run: its context, which dies with its promise, and what the report says of it. */
export class TaskRun {
  readonly task: ReconOmTask;
  readonly context: TaskContext;
  readonly #staged: StagedGeneration;
  readonly #origin: number;
  readonly #hooks: TaskRunHooks;
  readonly #sinks = new Map<string, TaskSink>();
  readonly #findings = new Map<string, { count: number; first: { table: string; key: string }[] }>();
  readonly #quarantined: { table: string; key: string; reason: string }[] = [];
  #quarantinedCount = 0;
  #rowsRead = 0;
  #alive = true;

  constructor(
    task: ReconOmTask,
    staged: StagedGeneration,
    options: { readonly origin: number; readonly signal: AbortSignal; readonly hooks: TaskRunHooks },
  ) {
    this.task = task;
    this.#staged = staged;
    this.#origin = options.origin;
    this.#hooks = options.hooks;
    this.context = Object.freeze({
      signal: options.signal,
      sink: (table: string, sinkOptions?: SinkOptions): Sink => this.#sink(table, sinkOptions),
      progress: (table: string, rows: number): void => {
        this.check();
        this.#count(table, rows);
      },
      quarantine: (record: QuarantinedRecord): void => {
        this.#quarantine(record);
      },
      finding: (finding: Finding): void => {
        this.#find(finding);
      },
    });
  }

  /** Throws once the task's promise has settled. */
  readonly check = (): void => {
    if (this.#alive) return;
    throw new StagedReprocessError(
      'REPROCESS_HANDLE_CLOSED',
      `Task '${this.task.taskName}' used its context after its promise had settled`,
      { details: { task: this.task.taskName } },
    );
  };

  /** From here on the context changes no byte. */
  end(): void {
    this.#alive = false;
  }

  /** Around each batch of the task's scans: counts it, and waits until the store has room for what came of it. */
  readonly afterBatch = (table: string, rows: number): Promise<void> | undefined => {
    this.#count(table, rows);
    if (this.#sinks.size === 0) return undefined;
    return this.drain();
  };

  async drain(): Promise<void> {
    for (const sink of this.#sinks.values()) await sink.drain();
  }

  report(outcome: TaskReport['outcome'], durationMs: number, end: TaskRunEnd = {}): TaskReport {
    const { taskName, store, version } = this.task;
    return {
      taskName,
      store,
      version,
      outcome,
      durationMs,
      rowsRead: this.#rowsRead,
      rowsWritten: [...this.#sinks.values()].reduce((sum, sink) => sum + sink.rows, 0),
      message: end.message,
      quarantined: this.#quarantineReport(),
      findings: this.#findingReports(),
      error: end.error === undefined ? undefined : errorReport(end.error),
    };
  }

  #sink(table: string, options: SinkOptions = {}): Sink {
    this.check();
    const staged = this.#staged.tables.get(table);
    if (staged === undefined) {
      throw expected('table', `one of ${[...this.#staged.tables.keys()].join(', ')}`, table);
    }
    if (this.#sinks.has(table)) {
      throw new TypeError(`Task '${this.task.taskName}' has opened the sink of table '${table}' already`);
    }
    const sink = new TaskSink(staged, {
      ascending: options.ascending === true,
      origin: this.#origin,
      encode: (row) => this.#staged.adapter.encodeRow(table, row),
      check: this.check,
    });
    this.#sinks.set(table, sink);
    return sink;
  }

  #count(table: string, rows: number): void {
    this.#rowsRead += rows;
    this.#hooks.onProgress(table, rows);
  }

  #quarantine(record: QuarantinedRecord): void {
    this.check();
    this.#quarantinedCount += 1;
    if (this.#quarantined.length < SHOWN) {
      const { table, key, reason } = record;
      this.#quarantined.push({ table, key: Buffer.from(key).toString('hex'), reason });
    }
    this.#hooks.onQuarantine();
  }

  #find({ kind, table, key }: Finding): void {
    this.check();
    const known = this.#findings.get(kind) ?? { count: 0, first: [] };
    known.count += 1;
    if (known.first.length < SHOWN) known.first.push({ table, key: Buffer.from(key).toString('hex') });
    this.#findings.set(kind, known);
  }

  #quarantineReport(): QuarantineReport {
    return { count: this.#quarantinedCount, first: [...this.#quarantined] };
  }

  #findingReports(): readonly FindingReport[] {
    return [...this.#findings].map(([kind, { count, first }]) => ({ kind, count, first: [...first] }));
  }
}

export interface TaskRunEnd {
  readonly message?: string | undefined;
  readonly error?: unknown;
}

/** The report of a task that was never started. */
export function notRun(task: ReconOmTask): TaskReport {
  return {
    taskName: task.taskName,
    store: task.store,
    version: task.version,
    outcome: 'not-run',
    durationMs: 0,
    rowsRead: 0,
    rowsWritten: 0,
    message: undefined,
    quarantined: { count: 0, first: [] },
    findings: [],
    error: undefined,
  };
}
