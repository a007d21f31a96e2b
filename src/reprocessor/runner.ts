import { isReprocessError, StagedReprocessError, type ReprocessErrorCode } from '../errors.ts';
import type { ReprocessReason, Source } from '../source/source.ts';
import type { ReconOmTask } from '../task/task.ts';
import type { SwitchCondition } from './deltas/catch-up.ts';
import type { Engine } from './engine.ts';
import { errorReport, type ErrorReport, type ReprocessReport } from './report.ts';
import { RetryPolicy } from './retry-policy.ts';
import type { NeededRebuild } from './needed-rebuild.ts';
import { run } from './run.ts';

export interface StartRequest {
  readonly reason: ReprocessReason;
  readonly tasks: readonly ReconOmTask[];
  readonly source: Source | undefined;
  readonly signal: AbortSignal | undefined;
  /** @defaultValue 'immediately' */
  readonly condition?: SwitchCondition | undefined;
  /** @defaultValue false */
  readonly shadow?: boolean | undefined;
}

/**
 * One thing at a time: starts runs, keeps the last report and error, and starts retries by itself until the circuit
 * opens.
 */
export class Runner {
  readonly #engine: Engine;
  readonly #retry: RetryPolicy;
  readonly #closing = new AbortController();
  #current: Promise<ReprocessReport> | undefined;
  #exclusive: Promise<unknown> | undefined;
  #lastReport: ReprocessReport | undefined;
  #lastError: ErrorReport | undefined;
  readonly #afterRun: (met: NeededRebuild | undefined) => void;

  /** `afterRun` starts what the directory still lacks; it is told what has just been met. */
  constructor(engine: Engine, afterRun: (met: NeededRebuild | undefined) => void) {
    this.#engine = engine;
    this.#afterRun = afterRun;
    this.#retry = new RetryPolicy(engine.options.retry, engine.options.clock, engine.announcer, () => {
      afterRun(undefined);
    });
  }

  get lastReport(): ReprocessReport | undefined {
    return this.#lastReport;
  }

  get lastError(): ErrorReport | undefined {
    return this.#lastError;
  }

  get retry(): RetryPolicy {
    return this.#retry;
  }

  /** The run that is going on. */
  get current(): Promise<ReprocessReport> | undefined {
    return this.#current;
  }

  /** Whether a run, or what excludes runs, is going on. */
  get isBusy(): boolean {
    return this.#current !== undefined || this.#exclusive !== undefined;
  }

  /** Starts a run; rejects at once when none may start. */
  async start(request: StartRequest): Promise<ReprocessReport> {
    const source = request.source ?? this.#engine.options.source;
    this.#checkFree();
    this.#retry.checkClosed();
    if (source === undefined) {
      throw new StagedReprocessError(
        'REPROCESS_NO_SOURCE',
        'Neither `open` nor this call was given a source',
      );
    }
    this.#retry.cancel();
    const { reason, tasks, condition = 'immediately', shadow = false } = request;
    const closing = this.#closing.signal;
    const signal = request.signal === undefined ? closing : AbortSignal.any([request.signal, closing]);
    // It begins a moment later: a listener of its first events finds it going on.
    const going = Promise.resolve()
      .then(() => run(this.#engine, { reason, tasks, source, signal, condition, shadow }))
      .then(
        (report) => {
          this.#current = undefined;
          this.#succeeded(report);
          this.#afterRun(shadow ? undefined : { reason, tasks });
          return report;
        },
        (error: unknown) => {
          this.#current = undefined;
          this.#failed(request, error);
          // What failed waits for its retry: to start it here would try for ever without a pause.
          if (isAborted(error) || request.shadow === true) this.#afterRun(undefined);
          throw error;
        },
      );
    // Whoever awaits it, also by joining, finds the library idle afterwards.
    this.#current = going;
    return going;
  }

  /** Runs something that excludes runs, such as `rollbackTo`. It is aborted by `close()`. */
  async exclusively(work: (signal: AbortSignal) => Promise<void>): Promise<void> {
    this.#checkFree();
    const going = work(this.#closing.signal).finally(() => {
      this.#exclusive = undefined;
    });
    this.#exclusive = going;
    try {
      await going;
      this.#retry.cancel();
    } catch (error) {
      this.#lastError = errorReport(error);
      this.#tellUndecided(error);
      throw error;
    }
  }

  /** Starts a run of the library's own: without a source, or when it fails, that is an alert. */
  startByItself(reason: ReprocessReason, tasks: readonly ReconOmTask[], condition?: SwitchCondition): void {
    const { announcer, options } = this.#engine;
    if (this.#closing.signal.aborted || tasks.length === 0) return;
    if (options.source === undefined) {
      announcer.alert(
        'REPROCESS_NO_SOURCE',
        `A rebuild is needed (${reason}), but no source was given to \`open\``,
      );
      return;
    }
    this.start({ reason, tasks, source: undefined, signal: undefined, condition }).catch((error: unknown) => {
      if (isReprocessError(error, 'REPROCESS_ALREADY_RUNNING') || this.#closing.signal.aborted) return;
      announcer.alert('RUN_FAILED', `A rebuild that the library had started (${reason}) failed`, error);
    });
  }

  /** Aborts before the intent, finishes after it; resolves when nothing is going on. */
  async close(): Promise<void> {
    this.#closing.abort(new StagedReprocessError('REPROCESS_CLOSED', 'The reprocessor is being closed'));
    this.#retry.stop();
    await Promise.allSettled([this.#current, this.#exclusive]);
  }

  #checkFree(): void {
    if (this.#closing.signal.aborted) {
      throw new StagedReprocessError('REPROCESS_CLOSED', 'The reprocessor is closed');
    }
    const { undecided } = this.#engine;
    if (undecided !== undefined) {
      throw new StagedReprocessError('REPROCESS_UNDECIDED', undecided.message, { cause: undecided });
    }
    if (this.#current !== undefined || this.#exclusive !== undefined) {
      throw new StagedReprocessError('REPROCESS_ALREADY_RUNNING', 'A run is going on already');
    }
  }

  #succeeded(report: ReprocessReport): void {
    this.#lastReport = report;
    this.#retry.succeeded();
  }

  #failed(request: StartRequest, error: unknown): void {
    this.#lastError = errorReport(error);
    const report = isReprocessError(error) ? error.details['report'] : undefined;
    if (isReport(report)) this.#lastReport = report;
    this.#tellUndecided(error);
    if (isReport(report) && report.outcome === 'aborted') return;
    // Who only wanted a look must not get a switch; he looks again himself.
    if (request.shadow === true) return;
    if (this.#closing.signal.aborted || this.#engine.undecided !== undefined) return;
    const reason = (isReprocessError(error) ? RETRY_REASONS[error.code] : undefined) ?? request.reason;
    this.#retry.failed(error, this.#engine.options.source !== undefined, () => {
      void this.#retryAfter({ ...request, reason });
    });
  }

  async #retryAfter({ reason, tasks, condition }: StartRequest): Promise<void> {
    // Who goes back to an older generation does not want a rebuild; when that fails, the retry still is due.
    if (this.#exclusive !== undefined && (await this.#exclusive.then(yes, no))) return;
    this.startByItself(reason, tasks, condition);
  }

  #tellUndecided(error: unknown): void {
    const { undecided, announcer } = this.#engine;
    if (undecided !== undefined) announcer.alert('REPROCESS_UNDECIDED', undecided.message, error);
  }
}

/** What a failed run is retried for, if not for what it was started for. */
const RETRY_REASONS: { readonly [C in ReprocessErrorCode]?: ReprocessReason } = {
  REPROCESS_TASK_FAILED: 'TASK_FAILURE',
  REPROCESS_TASK_TIMEOUT: 'TASK_FAILURE',
  REPROCESS_DELTA_LOG_OVERFLOW: 'DELTA_LOG_OVERFLOW',
};

function isReport(value: unknown): value is ReprocessReport {
  return typeof value === 'object' && value !== null && 'outcome' in value && 'tasks' in value;
}

function isAborted(error: unknown): boolean {
  const report = isReprocessError(error) ? error.details['report'] : undefined;
  return isReport(report) && report.outcome === 'aborted';
}

const yes = (): boolean => true;
const no = (): boolean => false;
