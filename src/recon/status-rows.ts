import { reconTasks } from './recon-tasks.ts';

/** A row of Recon's `RECON_TASK_STATUS`, as its `GET /task/status` gives it. @public */
export interface ReconStatusRow {
  /** One of the tasks, `REPROCESS_STAGING`, `OmDeltaRequest` or `OmSnapshotRequest`. */
  readonly taskName: string;
  /** When it last began or ended, in milliseconds since the epoch, as far as that is known; 0: never, or not known. */
  readonly lastUpdatedTimestamp: number;
  /** Up to where its data has got: never more than what is applied. 0 when nothing is. */
  readonly lastUpdatedSeqNumber: bigint;
  /** 0: the last run that ended went well, or there was none; -1: it failed. */
  readonly lastTaskRunStatus: 0 | -1;
  readonly isCurrentTaskRunning: 0 | 1;
}

/** The part of `reprocessor.status()` that the rows are made from. @public */
export interface ReconStatusSource {
  readonly state: string;
  readonly stores: readonly {
    readonly store: string;
    readonly live: number | undefined;
    readonly sequence: bigint | undefined;
    readonly blocked: { readonly reason: string } | undefined;
    /** When its live data was last changed, if that is known. */
    readonly advancedAtMs?: number;
  }[];
  readonly run:
    { readonly startedAtMs: number; readonly tasks: readonly { readonly taskName: string }[] } | undefined;
  readonly lastReport:
    | {
        readonly generation: number | undefined;
        readonly outcome: string;
        readonly startedAtMs: number;
        readonly durationMs: number;
        readonly snapshot: { readonly sequence: bigint } | undefined;
        readonly tasks: readonly { readonly taskName: string; readonly outcome: string }[];
      }
    | undefined;
}

/** How the last request of its kind to the Ozone Manager went. @public */
export interface ReconRequestStatus {
  /** When it last began or ended, in milliseconds since the epoch; 0 when it never did. */
  readonly atMs: number;
  /** What it brought the data to. */
  readonly sequence: bigint;
  readonly failed: boolean;
  readonly running: boolean;
}

/** What whoever follows an Ozone Manager tells of its requests. @public */
export interface ReconSyncStatus {
  /** Requests for changes: `OmDeltaRequest`. */
  readonly delta: ReconRequestStatus;
  /** Requests for a whole checkpoint: `OmSnapshotRequest`. */
  readonly snapshot: ReconRequestStatus;
}

/** @public */
export interface ReconStatusOptions {
  /**
   * `await reprocessor.runs()`: what is known of runs before the last opening. Without it only what the status itself still
   * knows is told.
   */
  readonly runs?: readonly {
    readonly generation: number;
    readonly outcome: string;
    readonly startedAtMs: number;
    readonly durationMs: number;
    /** Decimal. */
    readonly sequence: string | null;
  }[];
  /** The tasks to tell of, with their stores. @defaultValue the six of `reconTasks()` */
  readonly tasks?: readonly { readonly taskName: string; readonly store: string }[];
}

interface EndedRun {
  readonly generation: number | undefined;
  readonly outcome: string;
  readonly endedAtMs: number;
  readonly sequence: bigint | undefined;
}

/** In these states tasks read the snapshot; after them they wait for the switch, or have ended. */
const TASK_STATES = ['INITIALIZING', 'PROCESSING'];

/** A store waits for its rebuild since one of its tasks, or it itself, has failed. */
const FAILURES = ['TASK_FAILURE', 'STORE_CORRUPT'];

/**
 * Recon's status rows, made from `reprocessor.status()`: one a task, then `REPROCESS_STAGING`, then, when `sync` is given,
 * `OmDeltaRequest` and `OmSnapshotRequest`.
 *
 * They keep Recon's meaning and tell the truth where Recon's do not: a task that failed stands as failed until it has
 * succeeded (tasks of one store commit together, so they fail together); a sequence is told once it is applied; nothing
 * runs that a crash has ended; a delta that was fetched and applied is not told as failed since something else did.
 *
 * @public
 */
export function reconStatusRows(
  status: ReconStatusSource,
  sync?: ReconSyncStatus,
  options: ReconStatusOptions = {},
): ReconStatusRow[] {
  const runs = endedRuns(status, options);
  const tasks = options.tasks ?? reconTasks();
  return [
    ...tasks.map(({ taskName, store }) => taskRow(status, runs, taskName, store)),
    stagingRow(status, runs),
    ...(sync === undefined
      ? []
      : [requestRow('OmDeltaRequest', sync.delta), requestRow('OmSnapshotRequest', sync.snapshot)]),
  ];
}

function taskRow(
  { state, stores, run, lastReport }: ReconStatusSource,
  runs: readonly EndedRun[],
  taskName: string,
  storeName: string,
): ReconStatusRow {
  const store = stores.find((one) => one.store === storeName);
  const built = runs.find((one) => one.outcome === 'switched' && one.generation === store?.live);
  const isRunning =
    run?.tasks.some((one) => one.taskName === taskName) === true && TASK_STATES.includes(state);
  const hasFailed =
    lastReport?.tasks.some((one) => one.taskName === taskName && one.outcome === 'failed') === true;
  const failedAtMs = hasFailed ? lastReport.startedAtMs + lastReport.durationMs : 0;
  const isBlocked = store?.blocked !== undefined && FAILURES.includes(store.blocked.reason);
  return row(taskName, {
    atMs: isRunning ? run.startedAtMs : Math.max(store?.advancedAtMs ?? built?.endedAtMs ?? 0, failedAtMs),
    sequence: store?.sequence ?? built?.sequence ?? 0n,
    failed: hasFailed || isBlocked,
    running: isRunning,
  });
}

/** A run that was aborted, or only compared, has neither brought data nor failed. */
function stagingRow({ run }: ReconStatusSource, runs: readonly EndedRun[]): ReconStatusRow {
  const last = runs.find(({ outcome }) => outcome === 'switched' || outcome === 'failed');
  const switched = runs.find(({ outcome }) => outcome === 'switched');
  return row('REPROCESS_STAGING', {
    atMs: run?.startedAtMs ?? last?.endedAtMs ?? 0,
    sequence: switched?.sequence ?? 0n,
    failed: last?.outcome === 'failed',
    running: run !== undefined,
  });
}

function requestRow(taskName: string, request: ReconRequestStatus): ReconStatusRow {
  return row(taskName, request);
}

function row(taskName: string, { atMs, sequence, failed, running }: ReconRequestStatus): ReconStatusRow {
  return {
    taskName,
    lastUpdatedTimestamp: atMs,
    lastUpdatedSeqNumber: sequence,
    lastTaskRunStatus: failed ? -1 : 0,
    isCurrentTaskRunning: running ? 1 : 0,
  };
}

/** The last one first. A run that failed before it had a number is in no history, only in the last report. */
function endedRuns({ lastReport }: ReconStatusSource, { runs = [] }: ReconStatusOptions): EndedRun[] {
  const ended = runs.toReversed().map(({ generation, outcome, startedAtMs, durationMs, sequence }) => ({
    generation,
    outcome,
    endedAtMs: startedAtMs + durationMs,
    sequence: sequence === null ? undefined : BigInt(sequence),
  }));
  if (lastReport === undefined) return ended;
  const { generation, outcome, startedAtMs, durationMs, snapshot } = lastReport;
  const last = { generation, outcome, endedAtMs: startedAtMs + durationMs, sequence: snapshot?.sequence };
  return [last, ...ended];
}
