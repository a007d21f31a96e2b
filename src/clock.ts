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
   * somebody awaits (`awaited`) may keep the process alive.
   */
  setTimer(fire: () => void, delayMs: number, options?: { readonly awaited: boolean }): () => void;
}

/** The machine's clock. */
export const systemClock: Clock = {
  now: () => Date.now(),
  setTimer(fire, delayMs, options) {
    const timer = setTimeout(fire, delayMs);
    if (options?.awaited !== true) timer.unref();
    return () => {
      clearTimeout(timer);
    };
  },
};
