import type { Clock } from '../clock.ts';
import type { RetryOptions } from './open-options.ts';

/**
 * A need that comes back soon after a run that was to meet it waits, longer each time: a rebuild that does not help must not
 * be made again and again without a pause.
 */
export class NeedPause {
  readonly #clock: Clock;
  readonly #options: Required<RetryOptions>;
  #last: { readonly need: string; readonly atMs: number } | undefined;
  #repeats = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(clock: Clock, options: Required<RetryOptions>) {
    this.#clock = clock;
    this.#options = options;
  }

  /** Calls `start` now or, for a need that was met just before, after a pause. Of several that wait the last one counts. */
  begin(need: string, start: () => void): void {
    const delayMs = this.#delayMs(need);
    this.stop();
    if (delayMs <= 0) {
      start();
      return;
    }
    this.#cancelTimer = this.#clock.setTimer(() => {
      this.#cancelTimer = undefined;
      start();
    }, delayMs);
  }

  /** A run for it has ended well. */
  met(need: string): void {
    this.#last = { need, atMs: this.#clock.now() };
  }

  /** Leaves no timer behind. */
  stop(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #delayMs(need: string): number {
    const { initialDelayMs, maxDelayMs } = this.#options;
    const last = this.#last;
    const sinceMs = last === undefined ? Infinity : this.#clock.now() - last.atMs;
    if (last?.need !== need || sinceMs > 2 * maxDelayMs) {
      this.#repeats = 0;
      return 0;
    }
    // Its timer runs already: whoever asks again does not make it wait longer.
    if (this.#cancelTimer === undefined) this.#repeats += 1;
    return Math.min(maxDelayMs, initialDelayMs * 2 ** (this.#repeats - 1)) - sinceMs;
  }
}
