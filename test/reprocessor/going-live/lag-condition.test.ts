import { describe, expect, it } from 'vitest';
import { failureOf, reportOf } from '../rows-host.ts';
import { codesOf, expectWhole, idle, openLive, sendRest } from '../deltas/orders-host.ts';
import type { Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { stops } from './stops.ts';

describe('a switch that waits for a small lag', () => {
  /** A run whose staged data falls three changes behind with every one that it takes, until `onTake` says stop. */
  async function openOutrun(onTake: (takes: number, waitingFor: readonly string[]) => boolean) {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const hooks: Hooks = {};
    const opened = await openLive(world, { kind: 'level', failPoint: stop.failPoint, hooks });
    const { host } = opened;
    const stream = async (): Promise<void> => {
      world.churn(3);
      await sendRest(opened, world);
      await host.whenApplied(world.sequence);
    };
    let takes = 0;
    stop.at('4-caught-up', async () => {
      await stream();
      hooks.process = async ({ after }) => {
        const { sequence = 0n, waitingFor } = host.status();
        if (after < sequence && onTake(++takes, waitingFor)) await stream();
      };
    });
    return { world, opened, host };
  }

  it('comes when the lag is under it, and says that it waits', async () => {
    const seen: (readonly string[])[] = [];
    const { world, opened, host } = await openOutrun((takes, waitingFor) => {
      seen.push(waitingFor);
      expect(() => {
        host.switchNow();
      }).toThrow(expect.objectContaining({ code: 'REPROCESS_NOT_READY' }));
      return takes < 20;
    });
    expect((await host.reprocess({ switch: { lagUnder: 3n } })).outcome).toBe('switched');
    expect(seen).toEqual([[], ...Array<readonly string[]>(19).fill(['lag'])]);
    await expectWhole(opened, world, 'level');
    expect(host.status().waitingFor).toEqual([]);
  });

  it('comes although the stream is faster, when so large a lag is allowed', async () => {
    let most = 0;
    const { world, opened, host } = await openOutrun((takes) => {
      most = takes;
      return takes < 2;
    });
    expect((await host.reprocess({ switch: { lagUnder: 4n } })).outcome).toBe('switched');
    // One by the wait for the lag, another by the freeze.
    expect(most).toBe(2);
    await expectWhole(opened, world, 'level');
  });

  it('ends with an abort', async () => {
    const stopping = new AbortController();
    const { world, opened, host } = await openOutrun((takes) => {
      if (takes === 5) stopping.abort();
      return takes < 5;
    });
    const failure = await failureOf(host.reprocess({ switch: { lagUnder: 1n }, signal: stopping.signal }));
    expect(reportOf(failure).outcome).toBe('aborted');
    await idle(opened);
    expect(host.status()).toMatchObject({ waitingFor: [], generation: 1, state: 'NONE' });
    await expectWhole(opened, world, 'level');
    expect(codesOf(opened.alerts)).toEqual([]);
  });

  it('does not wait behind a gap, which it can never pass', async () => {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const opened = await openLive(world, {
      kind: 'level',
      failPoint: stop.failPoint,
      source: undefined,
      retry: { maxRetries: 0 },
    });
    const { host } = opened;
    stop.at('4-caught-up', async () => {
      world.churn(10);
      await failureOf(host.consume(world.delta(12n)));
    });
    const failure = await failureOf(host.reprocess({ source: world.source, switch: { lagUnder: 3n } }));
    expect(failure.code).toBe('REPROCESS_SEQUENCE_GAP');
    expect(host.status()).toMatchObject({ waitingFor: ['source', 'gap'], generation: 1, sequence: 10n });
    stop.clear();
    await host.consume(world.delta(10n, 12n));
    await expectWhole(opened, world, 'level');
  });

  it('does not oversleep what came while it caught up', async () => {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const hooks: Hooks = {};
    const opened = await openLive(world, { kind: 'level', failPoint: stop.failPoint, hooks });
    const { host } = opened;
    let calls = 0;
    stop.at('4-caught-up', async () => {
      world.churn(1);
      await sendRest(opened, world);
      await host.whenApplied(11n);
      hooks.process = async () => {
        calls += 1;
        if (calls > 1) return;
        // The staged store is at work on the change before, the live one has this one at once.
        world.churn(1);
        await sendRest(opened, world);
        await host.whenApplied(12n);
      };
    });
    const report = await host.reprocess({ switch: { lagUnder: 1n } });
    expect([report.outcome, calls]).toEqual(['switched', 3]);
    await expectWhole(opened, world, 'level');
  });
});
