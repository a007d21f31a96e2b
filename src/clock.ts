/**
 * Time as the library sees it. Tests pass one that they move by hand.
 *
 * @public
 */
export interface Clock {
  /** Milliseconds since the epoch. */
  now(): number;
  /**
   * Calls `fire` once after `delayMs`; the returned function cancels it and may be called twice. Only a timer that
   * somebody awaits (`awaited`) may keep the process alive. A delay of any length is kept, also one above 2^31 - 1.
   */
  setTimer(fire: () => void, delayMs: number, options?: { readonly awaited: boolean }): () => void;
}

/** What one timer of the machine can wait at most: a longer one fires at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(fire, delayMs, options) {
    let timer: NodeJS.Timeout;
    const wait = (restMs: number): void => {
      const stepMs = Math.min(restMs, LONGEST_TIMER_MS);
      timer = setTimeout(() => {
        if (restMs > stepMs) wait(restMs - stepMs);
        else fire();
      }, stepMs);
      if (options?.awaited !== true) timer.unref();
    };
    wait(delayMs);
    return () => {
      clearTimeout(timer);
    };
  },
};
