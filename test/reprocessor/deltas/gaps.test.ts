import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/index.ts';
import { failureOf, gate, levelRows } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, idle, KINDS, openLive, openOrders, ordersIn } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

describe.each(KINDS)('a gap before a delta for a %s store', (kind) => {
  it('is told, keeps the delta, and is closed by a rebuild of the library’s own', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind });
    world.churn(5);
    const before = await opened.host.read((lease) => ordersIn(lease, kind));
    const reasons: string[] = [];
    opened.host.on('run:begin', ({ reason }) => reasons.push(reason));
    world.churn(5);
    const failure = await failureOf(opened.host.consume(world.delta(15n)));
    expect([failure.code, failure.details]).toEqual([
      'REPROCESS_SEQUENCE_GAP',
      { expectedAfter: 10n, after: 15n },
    ]);
    expect(opened.host.status().deltas.log.stretches).toContainEqual({ from: 15n, through: 20n });
    expect(await opened.host.read((lease) => ordersIn(lease, kind))).toEqual(before);
    await until(() => opened.host.status().generation === 2);
    await expectWhole(opened, world, kind);
    await idle(opened);
    expect(reasons).toEqual(['SEQUENCE_GAP']);
    expect(opened.host.status().waitingFor).toEqual([]);
    expect(opened.host.position()).toMatchObject({ sequence: 20n, cursor: { at: 20 } });
  });

  it('is closed by sending what was missing', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind, source: undefined });
    const { host, alerts } = opened;
    world.churn(30);
    await host.consume(world.delta(10n, 15n));
    expect((await failureOf(host.consume(world.delta(20n, 25n)))).details).toEqual({
      expectedAfter: 15n,
      after: 20n,
    });
    expect(codesOf(alerts)).toEqual(['REPROCESS_NO_SOURCE']);
    // The gap is known: what goes on behind it is taken without another word; another gap is told.
    await host.consume(world.delta(25n, 30n));
    expect((await failureOf(host.consume(world.delta(35n, 40n)))).details).toMatchObject({ after: 35n });
    await host.whenApplied(15n);
    expect(host.status()).toMatchObject({
      waitingFor: ['source', 'gap'],
      lag: 25n,
      sequence: 15n,
      deltas: {
        log: {
          stretches: [
            { from: 10n, through: 15n },
            { from: 20n, through: 30n },
            { from: 35n, through: 40n },
          ],
        },
      },
    });
    await host.consume(world.delta(14n, 22n));
    await host.whenApplied(30n);
    expect(host.status().sequence).toBe(30n);
    await host.consume(world.delta(30n, 35n));
    await expectWhole(opened, world, kind);
    expect(host.status()).toMatchObject({ waitingFor: [], lag: 0n });
  });
});

it('is still there after reopening, and rebuilt then', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level', source: undefined });
  world.churn(20);
  await failureOf(opened.host.consume(world.delta(20n, 30n)));
  const still = await opened.reopen();
  expect(still.host.status().waitingFor).toEqual(['source', 'gap']);
  const reopened = await still.reopen({ source: world.source });
  await expectWhole(reopened, world, 'level');
});

it('is not closed by a snapshot that lies before it, which is tried again', async () => {
  const world = new OrdersWorld().churn(10);
  const old = world.churn(2).snapshot();
  let next = (): ReturnType<OrdersWorld['snapshot']> => old;
  const source: Source = { openSnapshot: () => next() };
  const opened = await openLive(world, { source: undefined });
  const reopened = await openLive(world, { source });
  world.churn(18);
  await failureOf(reopened.host.consume(world.delta(20n, 30n)));
  await until(() => reopened.host.status().retryAtMs !== undefined);
  expect(reopened.host.status()).toMatchObject({
    generation: 1,
    waitingFor: ['gap', 'retry'],
    lastReport: { outcome: 'failed', reason: 'SEQUENCE_GAP', error: { code: 'REPROCESS_SEQUENCE_GAP' } },
  });
  next = () => world.snapshot();
  await reopened.clock.advance(2000);
  await expectWhole(reopened, world);
  await opened.host.close();
});

it('counts from the snapshot that lies ahead of the log', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level' });
  world.churn(5);
  await opened.host.consume(world.delta(10n, 15n));
  world.churn(25);
  await opened.host.reprocess();
  const reopened = await opened.reopen({ source: undefined });
  world.churn(10);
  const failure = await failureOf(reopened.host.consume(world.delta(45n, 50n)));
  expect(failure.details).toEqual({ expectedAfter: 40n, after: 45n });
});

it('before anything is live is kept, and the snapshot must lie behind it', async () => {
  const world = new OrdersWorld().churn(10);
  const early = world.snapshot();
  world.churn(20);
  const opened = await openOrders({ source: world.source });
  await opened.host.consume(world.delta(10n, 15n));
  const failure = await failureOf(opened.host.consume(world.delta(20n, 30n)));
  expect(failure.details).toEqual({ expectedAfter: 15n, after: 20n });
  // Nothing was live: it serves what it can, and is rebuilt at once.
  await opened.host.reprocess({ source: { openSnapshot: () => early } });
  await expectWhole(opened, world);
});

it('during a run is closed by the run, when its snapshot lies behind it', async () => {
  const world = new OrdersWorld().churn(10);
  const held = gate();
  const hooks: { reprocess?: () => Promise<void> } = {};
  const opened = await openLive(world, {
    kind: 'level',
    stores: { one: levelRows(), two: levelRows() },
    hooks,
  });
  world.churn(10);
  hooks.reprocess = () => held.opened;
  const runs: string[] = [];
  opened.host.on('run:begin', ({ reason }) => runs.push(reason));
  const running = opened.host.reprocess();
  await until(() => opened.host.status().state === 'PROCESSING');
  world.churn(5);
  await failureOf(opened.host.consume(world.delta(18n, 25n)));
  expect(opened.host.status().waitingFor).toEqual(['gap']);
  held.open();
  await running;
  await expectWhole(opened, world, 'level');
  await idle(opened);
  expect(runs).toEqual(['MANUAL']);
});
