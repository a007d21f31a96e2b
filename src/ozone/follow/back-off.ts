import { throwIfAborted } from '../../errors.ts';
import type { Clock } from '../../clock.ts';

/** Waits longer after each failure in a row. */
export class BackOff {
  readonly #firstMs: number;
  readonly #mostMs: number;
  #nextMs: number;

  constructor(firstMs: number, mostMs: number) {
    this.#firstMs = firstMs;
    this.#mostMs = Math.max(firstMs, mostMs);
    this.#nextMs = firstMs;
  }

  /** How long to wait now; the next wait is twice as long. */
  take(): number {
    const ms = this.#nextMs;
    this.#nextMs = Math.min(ms * 2, this.#mostMs);
    return ms;
  }

  reset(): void {
    this.#nextMs = this.#firstMs;
  }
}

/** Resolves after so long; rejects with `REPROCESS_ABORTED` as soon as `signal` is aborted. */
export async function pause(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve) => {
    const done = (): void => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = clock.setTimer(done, ms, { awaited: true });
    signal.addEventListener('abort', done, { once: true });
  });
  throwIfAborted(signal);
}
