import { isReprocessError, StagedReprocessError, type ReprocessErrorCode } from '../../errors.ts';
import type { ReprocessReason } from '../../source/source.ts';
import type { SharedGeneration } from '../../store/generation-set.ts';
import { storeError } from '../../store/store-step.ts';
import type { Engine } from '../engine.ts';
import { isExhausted } from '../exhausted.ts';
import { rootCause } from '../root-cause.ts';
import { applyNext } from './apply-next.ts';

/** How long, and how often, a store that fails is left alone before it is tried again. */
const STORE_RETRY_MS = 1000;
const MAX_STORE_RETRY_MS = 60_000;
const STORE_RETRIES = 5;

/**
 * Keeps the live generations up to the log: one loop a store, which sleeps when nothing follows. A store whose task fails
 * waits for its rebuild; the others go on.
 */
export class LiveAppliers {
  readonly #engine: Engine;
  readonly #running = new Map<string, Promise<void>>();
  readonly #failures = new Map<string, number>();
  /** Stores that have failed, and the timers that wake them. */
  readonly #resting = new Map<string, () => void>();
  readonly #stopping = new AbortController();
  #attempt = new AbortController();
  #pauses = 0;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  get isPaused(): boolean {
    return this.#pauses > 0;
  }

  /** There may be something to apply. */
  wake(): void {
    if (this.isPaused || this.#stopping.signal.aborted || this.#engine.undecided !== undefined) return;
    for (const [store, shared] of this.#engine.live.current?.stores ?? []) {
      if (!this.#running.has(store) && this.#mayApply(shared)) this.#start(store);
    }
  }

  /** Resolves when nothing is being applied; nothing will be until `resume`. */
  async pause(): Promise<void> {
    this.#pauses += 1;
    await Promise.all(this.#running.values());
  }

  resume(): void {
    this.#pauses -= 1;
    this.wake();
  }

  /** Has tasks start again with what they have not committed, for example because one of them hangs. */
  interrupt(): void {
    this.#attempt.abort(new StagedReprocessError('REPROCESS_ABORTED', 'The delta is applied anew'));
    this.#attempt = new AbortController();
  }

  /** Gives up what tasks are doing; what is being committed ends first. */
  async stop(reason: StagedReprocessError): Promise<void> {
    this.#stopping.abort(reason);
    for (const cancel of this.#resting.values()) cancel();
    this.#resting.clear();
    await Promise.all(this.#running.values());
  }

  #mayApply(shared: SharedGeneration): boolean {
    const { deltas } = this.#engine;
    return (
      !this.#resting.has(shared.store) &&
      !shared.outdated &&
      deltas.blockOf(shared) === undefined &&
      deltas.reachOf(shared) > shared.sequence
    );
  }

  #start(store: string): void {
    const going = this.#apply(store).finally(() => {
      this.#running.delete(store);
      // What came between the last look and the end of this loop.
      this.wake();
    });
    this.#running.set(store, going);
  }

  async #apply(store: string): Promise<void> {
    const { live, deltas } = this.#engine;
    const { signal } = this.#stopping;
    for (;;) {
      const shared = live.generationOf(store);
      if (this.isPaused || signal.aborted || shared === undefined || !this.#mayApply(shared)) return;
      const attempt = this.#attempt.signal;
      try {
        const either = AbortSignal.any([signal, attempt]);
        if (!(await applyNext(this.#engine, shared, { signal: either }))) {
          // In reach and still not readable: what is there counts in another history, or was dropped meanwhile.
          if (deltas.blockOf(shared) === undefined) deltas.block(shared, 'SEQUENCE_GAP', undefined);
          return;
        }
        this.#failures.delete(store);
      } catch (error) {
        if (!this.#stopping.signal.aborted && !attempt.aborted) this.#failed(shared, error);
        return;
      }
      deltas.applied(shared);
    }
  }

  #failed(shared: SharedGeneration, error: unknown): void {
    const { store } = shared;
    const { announcer, deltas, options } = this.#engine;
    const reason = reasonOf(error);
    if (reason !== undefined) {
      deltas.block(shared, reason, error);
      return;
    }
    const failures = (this.#failures.get(store) ?? 0) + 1;
    this.#failures.set(store, failures);
    // Without a source, or while resources have run out, a rebuild would not help: then it is tried on and on.
    const mayPass = options.source === undefined || isExhausted(error);
    if (failures > STORE_RETRIES && !mayPass) {
      this.#failures.delete(store);
      deltas.block(shared, 'STORE_CORRUPT', error);
      return;
    }
    const retryMs = Math.min(MAX_STORE_RETRY_MS, STORE_RETRY_MS * 2 ** (failures - 1));
    announcer.alert(
      'APPLY_FAILED',
      `Store '${store}' could not take a delta (${String(failures)} in a row); it is tried again in ${String(retryMs)} ms: ${rootCause(error)}`,
      storeError(store, 'apply', error),
    );
    const cancel = options.clock.setTimer(() => {
      this.#resting.delete(store);
      this.wake();
    }, retryMs);
    this.#resting.set(store, cancel);
  }
}

/** Errors after which the store must be rebuilt; others may pass. */
const REASONS: Readonly<Partial<Record<ReprocessErrorCode, ReprocessReason>>> = Object.freeze({
  REPROCESS_TASK_FAILED: 'TASK_FAILURE',
  REPROCESS_TASK_TIMEOUT: 'TASK_FAILURE',
  REPROCESS_TASK_INVALID: 'TASK_FAILURE',
  REPROCESS_QUARANTINED: 'TASK_FAILURE',
  REPROCESS_STORE_CORRUPT: 'STORE_CORRUPT',
  REPROCESS_DELTA_LOG_CORRUPT: 'SEQUENCE_GAP',
});

function reasonOf(error: unknown): ReprocessReason | undefined {
  return isReprocessError(error) ? REASONS[error.code] : undefined;
}
