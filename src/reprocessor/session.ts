import { StagedReprocessError } from '../errors.ts';
import { DeltaIntake } from './deltas/intake.ts';
import { isDurable, type Engine } from './engine.ts';
import { initAll } from './init-all.ts';
import { LeaseDesk } from './lease-desk.ts';
import { NeededRuns } from './needed-runs.ts';
import type { OpenedEngine } from './open-engine.ts';
import { tellUnclosed } from './retire.ts';
import { Runner } from './runner.ts';
import { statusOf, type ReprocessStatus } from './status.ts';

/** The life of one open reprocessor: what serves reads, takes deltas and starts runs, from its beginning to its end. */
export class Session {
  readonly engine: Engine;
  readonly desk: LeaseDesk;
  readonly intake: DeltaIntake;
  readonly runner: Runner;
  readonly needed: NeededRuns;
  readonly #opened: OpenedEngine;
  #closing: Promise<void> | undefined;
  #closed = false;

  constructor(opened: OpenedEngine) {
    const { engine } = opened;
    const { options, live, announcer, deltas } = engine;
    this.#opened = opened;
    this.engine = engine;
    this.intake = new DeltaIntake(engine);
    this.desk = new LeaseDesk(live, deltas.bell, announcer, {
      ...options,
      stores: Object.keys(options.stores),
      awaited: firstStores(engine),
    });
    this.runner = new Runner(engine, (met) => {
      if (met !== undefined) this.needed.met(met);
      this.needed.resume();
    });
    this.needed = new NeededRuns(engine, this.runner);
    opened.onChange = () => this.#writeStatus();
  }

  get isClosing(): boolean {
    return this.#closing !== undefined;
  }

  /** Begins to follow the delta log, and starts what the directory lacks. What it throws has closed everything. */
  async begin(): Promise<void> {
    try {
      await initAll(this.engine.tasks);
    } catch (error) {
      await this.close().catch(() => undefined);
      throw error;
    }
    await this.#writeStatus();
    if (this.engine.undecided !== undefined) return;
    this.engine.deltas.onNeed = () => {
      this.needed.ask();
    };
    this.engine.deltas.appliers.wake();
    this.needed.start();
  }

  status(): ReprocessStatus {
    const { retry, lastReport, lastError } = this.runner;
    return statusOf(this.engine, {
      closed: this.#closed,
      leases: this.desk.held,
      intake: this.intake,
      failures: retry.failures,
      circuitOpenUntilMs: retry.openUntilMs,
      retryAtMs: retry.retryAtMs,
      lastReport,
      lastError,
    });
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    const { live, options, announcer, retiring, deltas } = this.engine;
    const reason = new StagedReprocessError('REPROCESS_CLOSED', 'The reprocessor is closed');
    this.desk.refuse();
    this.needed.stop();
    // All at once: a run that freezes waits for the appliers, and these for tasks.
    await Promise.all([this.intake.close(reason), deltas.appliers.stop(reason), this.runner.close()]);
    await this.desk.drain(options.closeTimeoutMs);
    tellUnclosed(this.engine, await live.close());
    await Promise.all(retiring);
    await this.engine.sweeping;
    await deltas.close(reason);
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

/**
 * The stores without which a directory that begins is not ready yet. One that was live at open is served as it is, also while a
 * store that was added or damaged is rebuilt.
 */
function firstStores(engine: Engine): readonly string[] {
  if (engine.live.current !== undefined) return [];
  return engine.tasks.map(({ store }) => store).filter((store) => isDurable(engine, store));
}
