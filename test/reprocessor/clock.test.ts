import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { systemClock } from '../../src/clock.ts';

const DAY_MS = 24 * 3600 * 1000;

// Node lets a timer above 2^31 - 1 ms fire after one; so do these.
beforeEach(() => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
});
afterEach(() => {
  vi.useRealTimers();
});

it.each([1, 2 ** 31 - 1, 2 ** 31, 30 * DAY_MS, 365 * DAY_MS])(
  'a timer of %i ms fires once, when its time is over',
  (delayMs) => {
    let fired = 0;
    systemClock.setTimer(() => {
      fired += 1;
    }, delayMs);
    vi.advanceTimersByTime(delayMs - 1);
    expect(fired).toBe(0);
    vi.advanceTimersByTime(1);
    expect(fired).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  },
);

it.each([0, 1, 29])('a long timer can be cancelled after %i days, also twice', (days) => {
  let fired = 0;
  const cancel = systemClock.setTimer(() => {
    fired += 1;
  }, 30 * DAY_MS);
  vi.advanceTimersByTime(days * DAY_MS);
  cancel();
  cancel();
  expect(vi.getTimerCount()).toBe(0);
  vi.advanceTimersByTime(60 * DAY_MS);
  expect(fired).toBe(0);
});

it.each([false, true])('a long timer holds the process only when it is awaited: %s', (awaited) => {
  const set = vi.spyOn(globalThis, 'setTimeout');
  const cancel = systemClock.setTimer(() => undefined, 60 * DAY_MS, { awaited });
  vi.advanceTimersByTime(50 * DAY_MS);
  const held = set.mock.results.map(({ value }) => (value as NodeJS.Timeout).hasRef());
  expect(held.length).toBeGreaterThan(1);
  expect(new Set(held)).toEqual(new Set([awaited]));
  cancel();
  set.mockRestore();
});
