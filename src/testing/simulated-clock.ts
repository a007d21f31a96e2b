import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../clock.ts';

/**
 * A clock that stands still until a test moves it.
 *
 * @public
 */
export interface SimulatedClock extends Clock {
  /** Number of timers that have neither fired nor been cancelled: 0 when nothing leaks. */
  readonly pending: number;
  /**
   * Moves the clock, firing what becomes due in the order of time (of setting, for one moment), also timers that are set
   * meanwhile. After each timer, and at the end, the work that waits in the event loop is let run.
   */
  advance(ms: number): Promise<void>;
}

/**
 * Makes a clock that only `advance` moves. An error that a timer throws rejects `advance`.
 *
 * @public
 */
export function simulatedClock(startMs = 0): SimulatedClock {
  const timers = new Set<{ readonly dueMs: number; readonly fire: () => void }>();
  let nowMs = startMs;
  const nextDue = (untilMs: number) => {
    let first: { readonly dueMs: number; readonly fire: () => void } | undefined;
    // A set keeps the order of setting, which `<` leaves alone for equal times.
    for (const timer of timers) {
      if (timer.dueMs <= untilMs && (first === undefined || timer.dueMs < first.dueMs)) first = timer;
    }
    return first;
  };
  return {
    now: () => nowMs,
    get pending() {
      return timers.size;
    },
    setTimer(fire, delayMs) {
      const timer = { dueMs: nowMs + Math.max(0, delayMs), fire };
      timers.add(timer);
      return () => {
        timers.delete(timer);
      };
    },
    async advance(ms) {
      const untilMs = nowMs + ms;
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.fire();
        await setImmediate();
      }
      nowMs = untilMs;
      await setImmediate();
    },
  };
}
