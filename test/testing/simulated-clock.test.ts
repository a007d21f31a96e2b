import { describe, expect, it } from 'vitest';
import { simulatedClock } from '../../src/testing/index.ts';

describe('simulatedClock', () => {
  it('stands still until it is moved', async () => {
    const clock = simulatedClock(1000);
    expect(clock.now()).toBe(1000);
    await clock.advance(250);
    expect(clock.now()).toBe(1250);
  });

  it('fires what becomes due, in the order of time and then of setting, each at its own time', async () => {
    const clock = simulatedClock();
    const fired: string[] = [];
    const set = (name: string, delayMs: number) =>
      clock.setTimer(() => fired.push(`${name} at ${clock.now()}`), delayMs);
    set('late', 30);
    set('first', 10);
    set('second', 10);
    set('now', 0);
    set('past', -5);
    set('beyond', 31);
    expect(clock.pending).toBe(6);
    await clock.advance(30);
    expect(fired).toEqual(['now at 0', 'past at 0', 'first at 10', 'second at 10', 'late at 30']);
    expect(clock.pending).toBe(1);
    await clock.advance(1);
    expect(fired.at(-1)).toBe('beyond at 31');
  });

  it('fires no timer that was cancelled, also by a timer before it', async () => {
    const clock = simulatedClock();
    const fired: string[] = [];
    const cancel = clock.setTimer(() => fired.push('cancelled'), 5);
    clock.setTimer(() => {
      fired.push('first');
      cancel();
      cancel();
    }, 5 - 1);
    await clock.advance(100);
    expect(fired).toEqual(['first']);
    expect(clock.pending).toBe(0);
  });

  it('fires timers that are set meanwhile, also by work that a timer set off', async () => {
    const clock = simulatedClock();
    const at: number[] = [];
    const again = async (): Promise<void> => {
      at.push(clock.now());
      await Promise.resolve();
      if (at.length < 4) clock.setTimer(() => void again(), 10);
    };
    clock.setTimer(() => void again(), 10);
    await clock.advance(100);
    expect(at).toEqual([10, 20, 30, 40]);
    expect(clock.now()).toBe(100);
  });

  it('rejects with the error of a timer', async () => {
    const clock = simulatedClock();
    clock.setTimer(() => {
      throw new Error('broken');
    }, 1);
    await expect(clock.advance(2)).rejects.toThrow('broken');
    expect(clock.pending).toBe(0);
  });
});
