import { expect, it } from 'vitest';
import type { Source } from '../../../src/index.ts';
import { asFailure, failureOf, levelRows, reasonOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import {
  codesOf,
  emptyDelta,
  expectWhole,
  idle,
  openLive,
  openOrders,
  ordersIn,
  sendRest,
} from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

/** A source that shows the world that it is pointed at; nothing while that is left out. */
function pointedAt(world: OrdersWorld): Source & { world: OrdersWorld | undefined } {
  const pointer: Source & { world: OrdersWorld | undefined } = {
    world,
    openSnapshot: () => {
      if (pointer.world === undefined) throw new Error('The source is down');
      return pointer.world.snapshot();
    },
  };
  return pointer;
}

it.each([false, true])(
  'of two histories behind data that names none only the first is taken (with a source: %s)',
  async (hasSource) => {
    const world = new OrdersWorld().churn(3);
    const source = pointedAt(world);
    const opened = await openLive(world, { kind: 'level', source: hasSource ? source : undefined });
    const { host, alerts } = opened;
    const next = new OrdersWorld({ history: 'B', sequence: 36n }).churn(4);
    source.world = next;
    world.churn(6);
    const reasons: string[] = [];
    host.on('run:begin', ({ reason }) => reasons.push(reason));
    const [taken, refused] = await Promise.all([
      reasonOf(host.consume({ ...world.delta(3n, 9n), history: 'A' })),
      reasonOf(host.consume({ ...emptyDelta(9n, 13n), history: 'B' })),
    ]);
    expect(taken).toBeUndefined();
    expect(asFailure(refused)).toMatchObject({
      code: 'REPROCESS_SEQUENCE_GAP',
      details: { history: 'B', liveHistory: 'A' },
    });
    if (hasSource) {
      await until(() => host.status().generation === 2);
      await idle(opened);
      expect(reasons).toEqual(['SEQUENCE_GAP']);
      expect(host.position()).toMatchObject({ sequence: 40n, history: 'B' });
      await expectWhole(opened, next, 'level');
    } else {
      await expectWhole(opened, world, 'level');
      expect(codesOf(alerts)).toEqual(['SEQUENCE_GAP', 'REPROCESS_NO_SOURCE']);
      expect(host.position()).toMatchObject({ sequence: 9n, history: 'A' });
    }
  },
);

it('of two histories before the first switch only the first is taken, and the snapshot decides', async () => {
  const old = new OrdersWorld().churn(10);
  const next = new OrdersWorld({ history: 'B' }).churn(5);
  const opened = await openOrders({ kind: 'level', source: next.source });
  const { host, alerts } = opened;
  const runs: string[] = [];
  host.on('run:begin', ({ reason }) => runs.push(reason));
  const [taken, refused] = await Promise.all([
    reasonOf(host.consume({ ...old.delta(0n), history: 'A' }, { durable: false })),
    reasonOf(host.consume({ ...emptyDelta(10n, 20n), history: 'B' }, { durable: false })),
  ]);
  expect(taken).toBeUndefined();
  expect(asFailure(refused).code).toBe('REPROCESS_SEQUENCE_GAP');
  // There is nothing yet that could be rebuilt.
  expect(host.status().waitingFor).toEqual(['first-switch']);
  await until(() => host.position() !== undefined);
  expect(host.position()).toMatchObject({ sequence: 10n, history: 'A' });
  await host.reprocess();
  next.churn(4);
  await host.consume({ ...next.delta(5n), history: 'B' });
  await expectWhole(opened, next, 'level');
  await idle(opened);
  expect([runs, host.status().generation, codesOf(alerts)]).toEqual([['MANUAL'], 1, []]);
});

it('one whole rebuild follows a partial one, however often the source counts anew', async () => {
  let latest = new OrdersWorld();
  let opens = 0;
  const source: Source = {
    openSnapshot: () => {
      opens += 1;
      latest = new OrdersWorld({ history: `H${String(opens)}` }).churn(10);
      return latest.snapshot();
    },
  };
  const stores = { a: levelRows(), b: levelRows() };
  const opened = await openOrders({ kind: 'level', source, stores });
  const { host, clock } = opened;
  const runs: (readonly [string, readonly string[]])[] = [];
  host.on('run:begin', ({ reason, tasks }) => runs.push([reason, tasks]));
  await host.reprocess();
  await host.reprocess({ tasks: ['Orders-a'] });
  await until(() => host.status().generation === 3);
  for (let minutes = 0; minutes < 30; minutes++) {
    await clock.advance(60_000);
    await idle(opened);
  }
  expect(runs).toEqual([
    ['MANUAL', ['Orders-a', 'Orders-b']],
    ['MANUAL', ['Orders-a']],
    ['SEQUENCE_GAP', ['Orders-a', 'Orders-b']],
  ]);
  expect(opens).toBe(3);
  expect(host.status().waitingFor).toEqual([]);
  await expectWhole(opened, latest, 'level');
});

it('a delta that names no history is one of the newest that is live, and is kept for the rest', async () => {
  const old = new OrdersWorld({ history: 'A' }).churn(10);
  const source = pointedAt(old);
  const stores = { a: levelRows(), b: levelRows() };
  const opened = await openLive(old, { kind: 'level', source, stores });
  const { host, clock } = opened;
  const next = new OrdersWorld({ history: 'B', sequence: 3n }).churn(7);
  source.world = next;
  const early = next.snapshot();
  host.once('run:end', () => {
    source.world = undefined;
  });
  await host.reprocess({ tasks: ['Orders-b'] });
  next.churn(4);
  await host.consume(next.delta(10n, 12n));
  await host.consume({ ...next.delta(12n), history: 'B' });
  await until(() => host.status().stores.some(({ store, sequence }) => store === 'b' && sequence === 14n));
  expect(await host.read((lease) => ordersIn(lease, 'level', 'b'))).toEqual(next.rows());
  expect(await host.read((lease) => ordersIn(lease, 'level', 'a'))).toEqual(old.rows());
  expect(host.status().deltas.log.stretches).toEqual([{ from: 10n, through: 14n }]);
  // What was taken is in no snapshot that is still to come.
  source.openSnapshot = () => early;
  while (host.status().generation === 2) {
    await idle(opened);
    await clock.advance(1000);
  }
  await expectWhole(opened, next, 'level');
  expect(host.position()).toMatchObject({ sequence: 14n, history: 'B' });
});

it('a delta that names no history is never applied to data of a later one', async () => {
  const world = new OrdersWorld({ history: 'A' }).churn(10);
  const opened = await openLive(world, { kind: 'level', source: undefined });
  world.churn(10);
  await opened.host.consume(world.delta(10n));
  // Its snapshot lies within the sequences that the log has of the history before.
  const next = new OrdersWorld({ history: 'B', sequence: 9n }).churn(6);
  await opened.host.reprocess({ source: next.source });
  expect(opened.host.position()).toMatchObject({ sequence: 15n, history: 'B' });
  await expectWhole(opened, next, 'level');
  next.churn(3);
  await sendRest(opened, next);
  await expectWhole(opened, next, 'level');
});

it('a stray delta of the history before is refused, and the live data goes on following', async () => {
  const old = new OrdersWorld({ history: 'A' }).churn(12);
  const opened = await openLive(old, { kind: 'level', source: undefined });
  const next = new OrdersWorld({ history: 'B' }).churn(10);
  await opened.host.reprocess({ source: next.source });
  const failure = await failureOf(opened.host.consume({ ...old.delta(10n), history: 'A' }));
  expect(failure.code).toBe('REPROCESS_SEQUENCE_GAP');
  next.churn(2);
  await opened.host.consume({ ...next.delta(10n), history: 'B' });
  await expectWhole(opened, next, 'level');
  next.churn(2);
  await sendRest(opened, next);
  await expectWhole(opened, next, 'level');
  expect(opened.host.status().stores[0]?.blocked).toBeUndefined();
});

it('the way back over a change of history asks for acceptLoss, also once the log was dropped', async () => {
  const old = new OrdersWorld({ history: 'A' }).churn(10);
  const opened = await openLive(old, { kind: 'level', source: undefined, retainGenerations: 3 });
  old.churn(10);
  await sendRest(opened, old);
  await expectWhole(opened, old, 'level');
  const next = new OrdersWorld({ history: 'B' }).churn(6);
  await opened.host.reprocess({ source: next.source });
  next.churn(2);
  await opened.host.reprocess({ source: next.source });
  await until(() => opened.host.status().deltas.log.stretches.length === 0);
  await idle(opened);
  expect((await failureOf(opened.host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
  const { host } = await opened.reopen();
  expect((await failureOf(host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
  expect(host.status().generation).toBe(3);
  await expectWhole({ host }, next, 'level');
  await host.rollbackTo(1, { acceptLoss: true });
  expect(host.status().generation).toBe(1);
});
