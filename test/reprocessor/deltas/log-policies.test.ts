import { describe, expect, it } from 'vitest';
import { failureOf, gate, reasonOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, idle, KINDS, openLive, openOrders, type OrdersHost } from './orders-host.ts';
import type { Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

const CAPACITY = 65_536;
const VALUE_BYTES = 4000;
/** What one delta of `burst` takes at most: the value before, the value after, and some more. */
const DELTA_BYTES = 2 * VALUE_BYTES + 1000;

/** Sends changes of `times` the log's capacity, all at once, and watches how much the log holds. */
async function burst(
  { host }: OrdersHost,
  world: OrdersWorld,
  times: number,
): Promise<{ readonly mostBytes: number }> {
  let mostBytes = 0;
  const sent: Promise<void>[] = [];
  for (let bytes = 0; bytes < times * CAPACITY; bytes += VALUE_BYTES) {
    const after = world.sequence;
    world.set(`k${String(after % 5n)}`, `${String(after)}-`.padEnd(VALUE_BYTES, 'x'));
    sent.push(
      host.consume(world.delta(after)).then(() => {
        mostBytes = Math.max(mostBytes, host.status().deltas.log.sizeBytes);
      }),
    );
  }
  await Promise.all(sent);
  return { mostBytes };
}

/** A live host whose next rebuild hangs in its task until the gate is opened. */
async function hangingRebuild(world: OrdersWorld, options: Parameters<typeof openLive>[1]) {
  const hooks: Hooks = {};
  const opened = await openLive(world, {
    ...options,
    hooks,
    maxDeltaLogBytes: CAPACITY,
    retainGenerations: 1,
  });
  const held = gate();
  hooks.reprocess = () => held.opened;
  const running = opened.host.reprocess();
  await until(() => opened.host.status().state === 'PROCESSING');
  return { opened, hooks, held, running };
}

describe.each(KINDS)(
  'a burst of ten times the log’s capacity while a rebuild of a %s store hangs',
  (kind) => {
    it('waits under backpressure, says so, and loses nothing', async () => {
      const world = new OrdersWorld().churn(20);
      const { opened, held, running } = await hangingRebuild(world, { kind });
      const { host, alerts } = opened;
      const sending = burst(opened, world, 10);
      await until(() => {
        const { waitingFor, lag, deltas } = host.status();
        return waitingFor.includes('log-room') && lag === 0n && deltas.log.sizeBytes >= CAPACITY;
      });
      const { waitingFor, deltas, lag, stores, state } = host.status();
      expect({ waitingFor, lag, state }).toEqual({ waitingFor: ['log-room'], lag: 0n, state: 'PROCESSING' });
      expect(stores[0]).toMatchObject({ blocked: undefined, lag: 0n });
      expect(deltas.log).toMatchObject({ maxBytes: CAPACITY, policy: 'backpressure' });
      expect(deltas.log.sizeBytes).toBeLessThanOrEqual(CAPACITY + DELTA_BYTES);
      expect(codesOf(alerts)).toContain('DELTA_LOG_FULL');
      held.open();
      const { mostBytes } = await sending;
      expect(mostBytes).toBeLessThanOrEqual(CAPACITY + DELTA_BYTES);
      await running;
      await expectWhole(opened, world, kind);
      expect(host.status().waitingFor).toEqual([]);
    });

    it('gives the rebuild up under resnapshot, takes another snapshot, and loses nothing', async () => {
      const world = new OrdersWorld().churn(20);
      const { opened, held, running, hooks } = await hangingRebuild(world, {
        kind,
        deltaLogPolicy: 'resnapshot',
      });
      const { host, alerts, clock } = opened;
      const ended = failureOf(running);
      const { mostBytes } = await burst(opened, world, 10);
      expect(mostBytes).toBeLessThanOrEqual(CAPACITY + DELTA_BYTES);
      expect((await ended).code).toBe('REPROCESS_DELTA_LOG_OVERFLOW');
      expect(codesOf(alerts)).toContain('REPROCESS_DELTA_LOG_OVERFLOW');
      expect(host.status()).toMatchObject({
        generation: 1,
        lastReport: { outcome: 'failed', error: { code: 'REPROCESS_DELTA_LOG_OVERFLOW' } },
        deltas: { log: { policy: 'resnapshot' } },
      });
      delete hooks.reprocess;
      held.open();
      for (let tries = 0; tries < 8 && host.status().generation === 1; tries++) {
        await idle(opened);
        if (host.status().generation === 1) await clock.advance(60_000);
        await idle(opened);
      }
      await expectWhole(opened, world, kind);
      expect(host.position()).toMatchObject({
        sequence: world.sequence,
        cursor: { at: Number(world.sequence) },
      });
      expect(host.status()).toMatchObject({ waitingFor: [], lag: 0n });
    });
  },
);

it('is waited for until somebody ends the wait, also behind another that waits', async () => {
  const world = new OrdersWorld().churn(5);
  const { opened, held, running } = await hangingRebuild(world, { kind: 'level' });
  const { host } = opened;
  while (host.status().deltas.log.sizeBytes < CAPACITY) {
    const sent = world.sequence;
    world.set('k', `${String(sent)}-`.padEnd(VALUE_BYTES, 'x'));
    await host.consume(world.delta(sent));
  }
  const after = world.sequence;
  world.set('a', 'red').set('b', 'red');
  const abort = new AbortController();
  const other = new AbortController();
  const first = reasonOf(host.consume(world.delta(after, after + 1n), { signal: abort.signal }));
  const second = reasonOf(host.consume(world.delta(after + 1n, after + 2n), { signal: other.signal }));
  await until(() => host.status().waitingFor.includes('log-room'));
  other.abort(new Error('no more'));
  expect(await second).toMatchObject({ code: 'REPROCESS_ABORTED', name: 'AbortError' });
  abort.abort();
  expect(await first).toMatchObject({ code: 'REPROCESS_ABORTED' });
  await until(() => !host.status().waitingFor.includes('log-room'));
  expect(host.position()?.sequence).toBe(after);
  held.open();
  await running;
  await host.consume(world.delta(after));
  await expectWhole(opened, world, 'level');
});

it('never fills up while a switch is held back that could come', async () => {
  const world = new OrdersWorld().churn(5);
  const opened = await openLive(world, { kind: 'level', maxDeltaLogBytes: CAPACITY, retainGenerations: 0 });
  const running = opened.host.reprocess({ switch: 'manually' });
  await until(() => opened.host.status().waitingFor.includes('switch'));
  await burst(opened, world, 10);
  await opened.host.read(() => undefined, { generation: 'staged', atLeast: world.sequence });
  expect(opened.host.status().waitingFor).toEqual(['switch']);
  opened.host.switchNow();
  await running;
  await expectWhole(opened, world, 'level');
});

it('is full of what nobody needs only for a moment, before anything is live', async () => {
  const world = new OrdersWorld();
  const opened = await openOrders({ source: world.source, maxDeltaLogBytes: CAPACITY });
  const { mostBytes } = await burst(opened, world, 10);
  expect(mostBytes).toBeLessThanOrEqual(CAPACITY + DELTA_BYTES);
  await opened.host.reprocess();
  await expectWhole(opened, world);
});

it('takes a delta that is larger than itself', async () => {
  const world = new OrdersWorld();
  const opened = await openLive(world, { kind: 'level', maxDeltaLogBytes: CAPACITY, retainGenerations: 0 });
  for (let round = 0; round < 4; round++) {
    const after = world.sequence;
    world.set('a', String(round).repeat(3 * CAPACITY)).set('b', String(round).repeat(3 * CAPACITY));
    await opened.host.consume(world.delta(after));
  }
  await expectWhole(opened, world, 'level');
});
