import { abortError } from '../errors.ts';

/** Lets many wait for "something has changed"; whoever is woken looks for himself. */
export class Bell {
  #waiting: (() => void)[] = [];

  ring(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }

  /** Resolves at the next ring; rejects when `signal` is aborted. */
  async next(signal: AbortSignal): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const stop = (): void => {
        this.#waiting = this.#waiting.filter((wake) => wake !== done);
        reject(abortError(signal));
      };
      const done = (): void => {
        signal.removeEventListener('abort', stop);
        resolve();
      };
      if (signal.aborted) {
        stop();
        return;
      }
      signal.addEventListener('abort', stop, { once: true });
      this.#waiting.push(done);
    });
  }
}
