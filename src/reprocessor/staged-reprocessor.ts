import { diagnose, type Diagnosis } from '../control/diagnose.ts';
import type { RunSummary } from '../control/run-summary.ts';
import { StagedReprocessError } from '../errors.ts';
import { expected } from '../store/expected.ts';
import type { Lease, Stores } from '../store/lease.ts';
import type { Delta, SourcePosition } from '../source/delta.ts';
import { emptySource } from '../source/empty-source.ts';
import {
  ACQUIRE_RULES,
  CONSUME_RULES,
  REPROCESS_RULES,
  ROLLBACK_RULES,
  START_EMPTY_RULES,
  WAIT_RULES,
  type ReprocessOptions,
  type RollbackOptions,
  type StartEmptyOptions,
} from './call-options.ts';
import { checkOptions } from './check-options.ts';
import { checkSequence } from './deltas/check-delta.ts';
import type { ConsumeOptions } from './deltas/intake.ts';
import { checkListener, type ReprocessEventName, type ReprocessListener } from './events.ts';
import type { AcquireOptions } from './lease-desk.ts';
import { openEngine } from './open-engine.ts';
import type { OpenOptions } from './open-options.ts';
import { checkOpenOptions } from './options.ts';
import type { ReprocessReport } from './report.ts';
import { rollBackTo } from './roll-back-to.ts';
import { selectTasks } from './select-tasks.ts';
import { Session } from './session.ts';
import type { ReprocessStatus } from './status.ts';
import { untilAborted } from './within-time.ts';

/**
 * Keeps derived data in several stores, rebuilds it beside the live data, and switches all stores at one instant.
 *
 * @public
 */
export class StagedReprocessor<S extends Stores = Stores> {
  readonly #session: Session;

  private constructor(session: Session) {
    this.#session = session;
  }

  /**
   * Opens the data directory, ends what a dead process had begun, and serves the live data. A fresh directory opens not
   * ready. Stores that are volatile, and tasks whose version has changed, are rebuilt from `source` in the background.
   *
   * @throws TypeError on a wrong option.
   * @throws StagedReprocessError `REPROCESS_LOCKED`, `REPROCESS_CONTROL_CORRUPT`, `REPROCESS_CONTROL_FAILED`,
   * `REPROCESS_FOREIGN_DATA`, `REPROCESS_FORMAT_NEWER`, `REPROCESS_STORE_CORRUPT`, `REPROCESS_STORE_FAILED`,
   * `REPROCESS_TASK_INVALID`, `REPROCESS_TASK_FAILED` (an `init`); then no data was changed and nothing stays open.
   */
  static async open<const S extends Stores>(options: OpenOptions<S>): Promise<StagedReprocessor<S>> {
    const session = new Session(await openEngine(checkOpenOptions(options)));
    await session.begin();
    return new StagedReprocessor<S>(session);
  }

  /**
   * Says what state a data directory is in, without opening it for writing and without changing a byte of it.
   *
   * @param stores - The stores as they would be given to `open`.
   */
  static diagnose(dataDir: string, stores: Stores): Promise<Diagnosis> {
    return diagnose(dataDir, stores);
  }

  /**
   * Rebuilds some or all tasks from a snapshot and switches the result in. Resolves when it is live; rejects otherwise,
   * after everything is undone, with an error whose `details.report` is the whole report. Until the switch the old data
   * is served.
   */
  async reprocess(options: ReprocessOptions = {}): Promise<ReprocessReport> {
    checkOptions('options', options, REPROCESS_RULES);
    const tasks = selectTasks(this.#session.engine.tasks, options.tasks);
    const { current } = this.#session.runner;
    if (options.whenRunning === 'join' && current !== undefined) {
      return options.signal === undefined ? current : untilAborted(current, options.signal);
    }
    const { source, signal, reason, shadow, switch: condition } = options;
    return this.#session.runner.start({
      reason: reason ?? 'MANUAL',
      tasks,
      source,
      signal,
      condition,
      shadow,
    });
  }

  /**
   * Begins a host that only sends deltas: all tasks rebuild from an empty snapshot at `sequence`, and the result goes live.
   *
   * @throws StagedReprocessError `REPROCESS_NOT_EMPTY` when something is live already; else like `reprocess`.
   */
  async startEmpty(sequence: bigint, options: StartEmptyOptions = {}): Promise<ReprocessReport> {
    checkSequence('sequence', sequence);
    checkOptions('options', options, START_EMPTY_RULES);
    if (this.#session.engine.live.current !== undefined) {
      throw new StagedReprocessError(
        'REPROCESS_NOT_EMPTY',
        'Data is live already: there is nothing to start',
      );
    }
    const tasks = selectTasks(this.#session.engine.tasks, undefined);
    const source = emptySource(sequence, options);
    return this.#session.runner.start({ reason: 'MANUAL', tasks, source, signal: undefined });
  }

  /**
   * Takes the next changes of the source. Resolves when they are in the delta log; they are applied to the live data behind
   * that. Never waits for a rebuild, but for room in a full log under `backpressure`. What is known already is ignored, and
   * counted in the status. Call it with one delta after another, or with many at once in their order. The events and their
   * bytes must not be changed until the promise has settled: they are copied when the delta's turn comes.
   *
   * @throws TypeError on a delta of a wrong shape, or with data that the codec cannot keep.
   * @throws StagedReprocessError `REPROCESS_SEQUENCE_GAP` when changes before it are missing (it is kept in the log, and a
   * rebuild begins; `details.expectedAfter` says where they are missed), `REPROCESS_DELTA_LOG_FAILED` (send it again),
   * `REPROCESS_TASK_INVALID` when a task has no `process`, `REPROCESS_ABORTED`, `REPROCESS_CLOSED`.
   */
  async consume(delta: Delta, options: ConsumeOptions = {}): Promise<void> {
    checkOptions('options', options, CONSUME_RULES);
    await this.#session.intake.consume(delta, options);
  }

  /**
   * Resolves when everything up to and with `sequence` is in the live data of all stores, whether it has been sent already
   * or is still to come. Before the first switch it waits as `read` does with `wait`.
   */
  async whenApplied(sequence: bigint, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    checkSequence('sequence', sequence);
    checkOptions('options', options, WAIT_RULES);
    const lease = await this.#session.desk.acquire({ ...options, atLeast: sequence, wait: true });
    lease.release();
  }

  /**
   * From where the host sends on, also after reopening: the sequence and the cursor that came with it. `undefined` before
   * anything was taken.
   */
  position(): SourcePosition | undefined {
    return this.#session.engine.deltas.position();
  }

  /**
   * Lets a switch through that `switch: 'manually'` holds back.
   *
   * @throws StagedReprocessError `REPROCESS_NOT_READY` when none is held back.
   */
  switchNow(): void {
    this.#session.engine.gate.release();
    this.#session.engine.deltas.bell.ring();
  }

  /**
   * Switches back to a retained set of generations, which is first caught up from the delta log: no change is lost.
   *
   * @throws StagedReprocessError `REPROCESS_GENERATION_UNKNOWN`, `REPROCESS_LOG_TRUNCATED`, `REPROCESS_TASK_VERSION`, `REPROCESS_ALREADY_RUNNING`,
   * `REPROCESS_VERIFY_FAILED`, `REPROCESS_SWITCH_FAILED`, `REPROCESS_UNDECIDED`.
   */
  async rollbackTo(generation: number, options: RollbackOptions = {}): Promise<void> {
    if (!Number.isSafeInteger(generation)) throw expected('generation', 'an integer', generation);
    checkOptions('options', options, ROLLBACK_RULES);
    const { acceptLoss = false } = options;
    try {
      await this.#session.runner.exclusively((signal) =>
        rollBackTo(this.#session.engine, generation, { signal, acceptLoss }),
      );
    } catch (error) {
      // Nor must what had to be rebuilt meanwhile be forgotten.
      this.#session.needed.resume();
      throw error;
    }
    this.#session.needed.start();
  }

  /**
   * Runs `read` in a lease and releases it. Inside another `read` it joins that one's generations.
   *
   * @throws TypeError when `read` is no function, or on a wrong option.
   * @throws StagedReprocessError `REPROCESS_NOT_READY` before the first switch (unless `wait`), `REPROCESS_CLOSED`.
   */
  async read<T>(read: (lease: Lease<S>) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    if (typeof read !== 'function') throw expected('read', 'a function', read);
    checkOptions('options', options, ACQUIRE_RULES);
    // The engine's leases are untyped; the stores given to `open` are what gives `S`.
    return this.#session.desk.read(options, (lease) => read(lease as unknown as Lease<S>));
  }

  /** A lease that the caller releases. Like `read` otherwise. */
  async acquire(options: AcquireOptions = {}): Promise<Lease<S>> {
    checkOptions('options', options, ACQUIRE_RULES);
    return (await this.#session.desk.acquire(options)) as unknown as Lease<S>;
  }

  /** What is going on now, as one plain object. */
  status(): ReprocessStatus {
    return this.#session.status();
  }

  /** The last hundred runs, oldest first. */
  async runs(): Promise<readonly RunSummary[]> {
    if (this.#session.isClosing) {
      throw new StagedReprocessError('REPROCESS_CLOSED', 'The reprocessor is closed');
    }
    return this.#session.engine.control.runs();
  }

  /** Closes an open circuit, so that runs start again. */
  resetCircuit(): void {
    this.#session.runner.retry.reset();
  }

  /**
   * Calls `listener` at every such event, until `off` or `close()`. What it throws becomes an alert.
   *
   * @throws TypeError on an unknown event, or a listener that is no function; so do `once` and `off`.
   */
  on<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): this {
    checkListener(event, listener);
    this.#session.engine.announcer.hub.on(event, listener);
    return this;
  }

  once<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): this {
    checkListener(event, listener);
    this.#session.engine.announcer.hub.once(event, listener);
    return this;
  }

  off<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): this {
    checkListener(event, listener);
    this.#session.engine.announcer.hub.off(event, listener);
    return this;
  }

  /**
   * Aborts a run that is not decided yet, finishes one that is, refuses new reads, waits for leases up to
   * `closeTimeoutMs` (then revokes them), and closes everything. May be called at any moment, and twice.
   */
  close(): Promise<void> {
    return this.#session.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
