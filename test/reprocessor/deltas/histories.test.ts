import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/index.ts';
import { failureOf, levelRows } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import {
  codesOf,
  expectWhole,
  idle,
  KINDS,
  openLive,
  openOrders,
  ordersIn,
  sendRest,
} from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

/** A source that a test may point at another world. */
function movableSource(world: OrdersWorld): Source & { world: OrdersWorld } {
  const movable = {
    world,
    openSnapshot: () => movable.world.snapshot(),
  };
  return movable;
}

describe.each(KINDS)('a %s store whose source begins another history', (kind) => {
  it('refuses its deltas, serves the old data, is rebuilt, and goes on', async () => {
    const old = new OrdersWorld({ history: 'old' }).churn(30);
    const source = movableSource(old);
    const opened = await openLive(old, { kind, source });
    const { host, alerts } = opened;
    old.churn(10);
    await sendRest(opened, old);
    await host.whenApplied(40n);
    const next = new OrdersWorld({ history: 'new', sequence: 5n }).set('x', 'red').set('y', 'red');
    source.world = next;
    next.churn(3);
    const switched = new Promise<void>((resolve) => {
      host.once('run:begin', ({ reason }) => {
        expect(reason).toBe('SEQUENCE_GAP');
        resolve();
      });
    });
    const failure = await failureOf(host.consume({ ...next.delta(7n, 8n), history: 'new' }));
    expect([failure.code, failure.details]).toMatchObject([
      'REPROCESS_SEQUENCE_GAP',
      { history: 'new', liveHistory: 'old' },
    ]);
    expect(await host.read((lease) => ordersIn(lease, kind))).toEqual(old.rows());
    await switched;
    await until(() => host.status().generation === 2);
    await idle(opened);
    expect(codesOf(alerts)).toEqual(['SEQUENCE_GAP']);
    expect(host.position()).toEqual({ sequence: 10n, cursor: { at: 10 }, history: 'new' });
    next.churn(12);
    await sendRest(opened, next, 5n);
    await expectWhole(opened, next, kind);
    expect(host.status().waitingFor).toEqual([]);
    expect(host.status().deltas.log.stretches).toEqual([{ from: 10n, through: 22n }]);
  });
});

it('rebuilds all stores in one run, so that no lease sees two histories', async () => {
  const old = new OrdersWorld({ history: 'old' }).churn(30);
  const source = movableSource(old);
  const stores = { one: levelRows(), two: levelRows(), three: levelRows() };
  const opened = await openLive(old, { kind: 'level', source, stores });
  const next = new OrdersWorld({ history: 'new' }).churn(4);
  source.world = next;
  const runs: (readonly string[])[] = [];
  opened.host.on('run:begin', ({ tasks }) => runs.push(tasks));
  await failureOf(opened.host.consume({ ...next.delta(3n, 4n), history: 'new' }));
  await until(() => opened.host.status().generation !== 1);
  await idle(opened);
  expect(runs).toEqual([['Orders-one', 'Orders-two', 'Orders-three']]);
  await expectWhole(opened, next, 'level');
});

it('waits, with the reason in the status, when there is no source', async () => {
  const old = new OrdersWorld({ history: 'old' }).churn(9);
  const opened = await openLive(old, { source: undefined });
  const next = new OrdersWorld({ history: 'new' }).churn(4);
  await failureOf(opened.host.consume({ ...next.delta(0n, 4n), history: 'new' }));
  expect(opened.host.status()).toMatchObject({
    waitingFor: ['rebuild', 'source'],
    // Until a snapshot has told that the source counts anew, the live data follows what it knows.
    stores: [{ blocked: undefined }],
  });
  expect(codesOf(opened.alerts)).toEqual(['SEQUENCE_GAP', 'REPROCESS_NO_SOURCE']);
  await opened.host.reprocess({ source: next.source });
  expect(opened.host.status().waitingFor).toEqual([]);
  await expectWhole(opened, next);
});

it('is found at a rebuild that nobody asked for because of it, also when the log is long', async () => {
  const old = new OrdersWorld({ history: 'old' }).churn(30);
  const opened = await openLive(old, { kind: 'level' });
  old.churn(20);
  await sendRest(opened, old);
  const next = new OrdersWorld({ history: 'new' }).churn(4);
  // Its sequences lie far below those of the log, which says nothing of how far it is behind.
  const report = await opened.host.reprocess({ source: next.source, switch: { lagUnder: 2n } });
  expect(report.outcome).toBe('switched');
  expect(opened.host.position()).toEqual({ sequence: 4n, cursor: { at: 4 }, history: 'new' });
  expect(opened.host.status()).toMatchObject({ waitingFor: [], lag: 0n });
  next.churn(7);
  await sendRest(opened, next, 3n);
  await expectWhole(opened, next, 'level');
  const reopened = await opened.reopen({ source: next.source });
  expect(reopened.host.position()).toEqual({ sequence: 11n, cursor: { at: 11 }, history: 'new' });
  await expectWhole(reopened, next, 'level');
});

it('takes deltas that name no history for those of the live data', async () => {
  const world = new OrdersWorld({ history: 'only' }).churn(5);
  const opened = await openLive(world);
  world.churn(5);
  await opened.host.consume({ ...world.delta(5n, 7n), history: 'only' });
  await opened.host.consume(world.delta(7n, 10n));
  await expectWhole(opened, world);
  expect(opened.host.position()).toMatchObject({ sequence: 10n, history: 'only' });
});

it('is told by the log when nothing is live yet', async () => {
  const world = new OrdersWorld({ history: 'one' }).churn(5);
  const { host } = await openOrders({ source: world.source });
  await host.consume({ ...world.delta(0n, 5n), history: 'one' });
  expect((await failureOf(host.consume({ ...world.delta(0n, 5n), history: 'two' }))).code).toBe(
    'REPROCESS_SEQUENCE_GAP',
  );
  await host.reprocess();
  await expectWhole({ host }, world);
});
