import { diagnose, type Diagnosis } from '../control/diagnose.ts';
import type { RunSummary } from '../control/run-summary.ts';
import { StagedReprocessError } from '../errors.ts';
import { expected } from '../store/expected.ts';
import type { Lease, Stores } from '../store/lease.ts';
import type { ReconOmTask } from '../task/task.ts';
import { ACQUIRE_RULES, REPROCESS_RULES, type ReprocessOptions } from './call-options.ts';
import { checkOptions } from './check-options.ts';
import type { Engine } from './engine.ts';
import type { ReprocessEventName, ReprocessListener } from './events.ts';
import { LeaseDesk, type AcquireOptions } from './lease-desk.ts';
import { openEngine, type OpenedEngine } from './open-engine.ts';
import type { OpenOptions } from './open-options.ts';
import { checkOpenOptions } from './options.ts';
import { neededRebuild } from './needed-rebuild.ts';
import type { ReprocessReport } from './report.ts';
import { tellUnclosed } from './retire.ts';
import { rollBackTo } from './roll-back-to.ts';
import { Runner } from './runner.ts';
import { statusOf, type ReprocessStatus } from './status.ts';

/**
 * Keeps derived data in several stores, rebuilds it beside the live data, and switches all stores at one instant.
 *
 * @public
 */
export class StagedReprocessor<S extends Stores = Stores> {
  readonly #opened: OpenedEngine;
  readonly #engine: Engine;
  readonly #desk: LeaseDesk;
  readonly #runner: Runner;
  #closing: Promise<void> | undefined;
  #closed = false;

  private constructor(opened: OpenedEngine) {
    this.#opened = opened;
    this.#engine = opened.engine;
    const { options, live, announcer } = opened.engine;
    this.#desk = new LeaseDesk(live, announcer, { ...options, stores: Object.keys(options.stores) });
    this.#runner = new Runner(opened.engine, () => {
      this.#resumeNeeded();
    });
    opened.onChange = () => this.#writeStatus();
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
    const reprocessor = new StagedReprocessor<S>(await openEngine(checkOpenOptions(options)));
    await reprocessor.#begin();
    return reprocessor;
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
    const tasks = this.#select(options.tasks);
    const { current } = this.#runner;
    if (options.whenRunning === 'join' && current !== undefined) return current;
    const { source, signal, reason } = options;
    return this.#runner.start({ reason: reason ?? 'MANUAL', tasks, source, signal });
  }

  /**
   * Switches back to a retained set of generations.
   *
   * @throws StagedReprocessError `REPROCESS_GENERATION_UNKNOWN`, `REPROCESS_TASK_VERSION`, `REPROCESS_ALREADY_RUNNING`,
   * `REPROCESS_VERIFY_FAILED`, `REPROCESS_SWITCH_FAILED`, `REPROCESS_UNDECIDED`.
   */
  async rollbackTo(generation: number): Promise<void> {
    if (!Number.isSafeInteger(generation)) throw expected('generation', 'an integer', generation);
    await this.#runner.exclusively((signal) => rollBackTo(this.#engine, generation, signal));
    this.#startNeeded();
  }

  /**
   * Runs `read` in a lease and releases it. Inside another `read` it joins that one's generations.
   *
   * @throws StagedReprocessError `REPROCESS_NOT_READY` before the first switch (unless `wait`), `REPROCESS_CLOSED`.
   */
  async read<T>(read: (lease: Lease<S>) => Promise<T> | T, options: AcquireOptions = {}): Promise<T> {
    checkOptions('options', options, ACQUIRE_RULES);
    // The engine's leases are untyped; the stores given to `open` are what gives `S`.
    return this.#desk.read(options, (lease) => read(lease as unknown as Lease<S>));
  }

  /** A lease that the caller releases. Like `read` otherwise. */
  async acquire(options: AcquireOptions = {}): Promise<Lease<S>> {
    checkOptions('options', options, ACQUIRE_RULES);
    return (await this.#desk.acquire(options)) as unknown as Lease<S>;
  }

  /** What is going on now, as one plain object. */
  status(): ReprocessStatus {
    const { retry, lastReport, lastError } = this.#runner;
    return statusOf(this.#engine, {
      closed: this.#closed,
      leases: this.#desk.held,
      failures: retry.failures,
      circuitOpenUntilMs: retry.openUntilMs,
      retryAtMs: retry.retryAtMs,
      lastReport,
      lastError,
    });
  }

  /** The last hundred runs, oldest first. */
  async runs(): Promise<readonly RunSummary[]> {
    if (this.#closing !== undefined) {
      throw new StagedReprocessError('REPROCESS_CLOSED', 'The reprocessor is closed');
    }
    return this.#engine.control.runs();
  }

  /** Closes an open circuit, so that runs start again. */
  resetCircuit(): void {
    this.#runner.retry.reset();
  }

  on<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): this {
    this.#engine.announcer.hub.on(event, listener);
    return this;
  }

  once<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): this {
    this.#engine.announcer.hub.once(event, listener);
    return this;
  }

  off<E extends ReprocessEventName>(event: E, listener: ReprocessListener<E>): this {
    this.#engine.announcer.hub.off(event, listener);
    return this;
  }

  /**
   * Aborts a run that is not decided yet, finishes one that is, refuses new reads, waits for leases up to
   * `closeTimeoutMs` (then revokes them), and closes everything. May be called at any moment, and twice.
   */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #begin(): Promise<void> {
    for (const task of this.#engine.tasks) {
      try {
        await task.init?.();
      } catch (error) {
        await this.close().catch(() => undefined);
        throw new StagedReprocessError('REPROCESS_TASK_FAILED', `Task '${task.taskName}' failed in init()`, {
          details: { task: task.taskName },
          cause: error,
        });
      }
    }
    await this.#writeStatus();
    if (this.#engine.undecided !== undefined) return;
    this.#startNeeded();
  }

  #startNeeded(): void {
    const needed = neededRebuild(this.#engine);
    if (needed !== undefined) this.#runner.startByItself(needed.reason, needed.tasks);
  }

  /** A run of other tasks, or one that was aborted, must not make the library forget what it had to rebuild. */
  #resumeNeeded(): void {
    const { retry } = this.#runner;
    const isIdle = retry.retryAtMs === undefined && retry.openUntilMs === undefined;
    if (isIdle && this.#engine.options.source !== undefined && this.#engine.undecided === undefined)
      this.#startNeeded();
  }

  #select(names: readonly string[] | undefined): readonly ReconOmTask[] {
    const { tasks } = this.#engine;
    if (tasks.length === 0) throw new TypeError('There is no task to run: `open` was given none');
    if (names === undefined) return tasks;
    const stores = new Set<string>();
    for (const name of names) {
      const task = tasks.find(({ taskName }) => taskName === name);
      if (task === undefined)
        throw expected('tasks', `among ${tasks.map(({ taskName }) => taskName).join(', ')}`, name);
      stores.add(task.store);
    }
    return tasks.filter(({ store }) => stores.has(store));
  }

  async #close(): Promise<void> {
    const { live, options, announcer, retiring } = this.#engine;
    this.#desk.refuse();
    await this.#runner.close();
    await this.#desk.drain(options.closeTimeoutMs);
    tellUnclosed(this.#engine, await live.close());
    await Promise.all(retiring);
    await this.#engine.sweeping;
    this.#closed = true;
    await this.#writeStatus();
    try {
      await this.#opened.close();
    } finally {
      announcer.hub.removeAll();
    }
  }

  async #writeStatus(): Promise<void> {
    const { statusFile } = this.#opened;
    await statusFile?.write(() => this.status());
  }
}
