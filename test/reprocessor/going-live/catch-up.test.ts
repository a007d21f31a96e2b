import { describe, expect, it } from 'vitest';
import { failureOf, reportOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import {
  adapterOf,
  codesOf,
  expectWhole,
  KINDS,
  openLive,
  sendRest,
  type OrdersHost,
} from '../deltas/orders-host.ts';
import type { Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { stops } from './stops.ts';

/** The sequence of every store, in the order of their names. */
function sequences({ host }: OrdersHost): readonly (bigint | undefined)[] {
  return host.status().stores.map(({ sequence }) => sequence);
}

describe.each(KINDS)('a rebuilt %s store', (kind) => {
  it('is brought up from the log when its snapshot lies below the live data', async () => {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const opened = await openLive(world, { kind, failPoint: stop.failPoint });
    const { host } = opened;
    world.churn(4);
    const old = world.snapshot();
    world.churn(9);
    await sendRest(opened, world, 2n);
    await host.whenApplied(23n);
    const lags: bigint[] = [];
    host.on('catch-up:begin', ({ lag }) => lags.push(lag));
    host.on('catch-up:end', ({ lag }) => lags.push(lag));
    const seen: unknown[] = [];
    // Behind the flip the new data must be there already, before anything else is applied.
    host.on('switch:end', () => seen.push(host.status().sequence));
    const report = await host.reprocess({ source: { openSnapshot: () => old } });
    expect(report).toMatchObject({ outcome: 'switched', snapshot: { sequence: 14n } });
    expect(lags).toEqual([9n, 0n]);
    expect(seen).toEqual([23n]);
    await expectWhole(opened, world, kind);
    expect(opened.alerts).toEqual([]);
  });

  it('whose snapshot lies above the live data waits for nothing, and ignores what it has', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind });
    const { host } = opened;
    world.churn(10);
    await host.consume(world.delta(10n, 13n));
    await host.reprocess();
    expect(host.status()).toMatchObject({ sequence: 20n, lag: 0n, waitingFor: [] });
    await expectWhole(opened, world, kind);
    world.churn(3);
    // Straddles the snapshot's sequence.
    await host.consume(world.delta(13n));
    await expectWhole(opened, world, kind);
  });

  it('leaves the live data alone when the log does not reach it', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind, retry: { maxRetries: 0 } });
    const { host } = opened;
    const old = world.snapshot();
    world.churn(10);
    await host.reprocess();
    const failure = await failureOf(host.reprocess({ source: { openSnapshot: () => old } }));
    expect([failure.code, failure.details]).toMatchObject([
      'REPROCESS_SEQUENCE_GAP',
      { store: 'main', snapshotSequence: 10n, liveSequence: 20n },
    ]);
    expect(reportOf(failure)).toMatchObject({ outcome: 'failed', generation: undefined });
    await expectWhole(opened, world, kind);
    expect(host.status()).toMatchObject({ generation: 2, state: 'FAILED' });
    expect(host.status().stores).toMatchObject([{ staged: undefined, discarding: [], retained: [1] }]);
  });
});

describe('stores at different sequences', () => {
  const stores = () => ({ ahead: adapterOf('level'), behind: adapterOf('level'), third: adapterOf('level') });

  it('become live together, none of them back in time', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind: 'level', stores: stores() });
    const { host } = opened;
    const old = world.snapshot();
    world.churn(6);
    const middle = world.snapshot();
    world.churn(4);
    await host.reprocess({ tasks: ['Orders-ahead'] });
    expect(sequences(opened)).toEqual([20n, 10n, 10n]);
    expect(
      await host.read((lease) => [lease.sequence, lease.sequenceOf('ahead'), lease.sequenceOf('third')]),
    ).toEqual([10n, 20n, 10n]);
    await host.consume(world.delta(10n, 16n));
    await host.whenApplied(16n);
    expect(sequences(opened)).toEqual([20n, 16n, 16n]);
    // The log holds 10..16, so that the snapshot can follow `behind`, but not `ahead`.
    await host.reprocess({ tasks: ['Orders-behind'], source: { openSnapshot: () => old } });
    const failure = await failureOf(
      host.reprocess({ source: { openSnapshot: () => old }, tasks: ['Orders-ahead', 'Orders-third'] }),
    );
    expect(failure.details).toMatchObject({ store: 'ahead', snapshotSequence: 10n, liveSequence: 20n });
    await host.consume(world.delta(16n));
    await expectWhole(opened, world, 'level');
    // All live stores have reached 20, and the log still holds what came after 16.
    await host.reprocess({ source: { openSnapshot: () => middle } });
    expect(sequences(opened)).toEqual([20n, 20n, 20n]);
    await expectWhole(opened, world, 'level');
  });

  it('are all brought up to the furthest live one that they replace', async () => {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const opened = await openLive(world, { kind: 'level', stores: stores(), failPoint: stop.failPoint });
    const { host } = opened;
    const old = world.snapshot();
    stop.at('4-caught-up', async () => {
      // What comes after the catch-up is left to the freeze.
      world.churn(11);
      await sendRest(opened, world);
      await host.whenApplied(21n);
    });
    const seen: unknown[] = [];
    host.on('switch:end', () => seen.push(sequences(opened)));
    stop.at('4-paused', async () => {
      // Logged while the live data stands still, and applied to nothing yet.
      world.churn(5);
      await sendRest(opened, world);
    });
    await host.reprocess({ source: { openSnapshot: () => old }, tasks: ['Orders-ahead', 'Orders-behind'] });
    expect(seen).toEqual([[21n, 21n, 21n]]);
    await expectWhole(opened, world, 'level');
    expect(codesOf(opened.alerts)).toEqual([]);
  });
});

it('a store that is added is not behind what readers were told is applied', async () => {
  const world = new OrdersWorld().churn(10);
  const stop = stops();
  const opened = await openLive(world, {
    kind: 'level',
    stores: { old: adapterOf('level') },
    source: undefined,
  });
  const hold = stop.hold('4-caught-up');
  const stores = { old: adapterOf('level'), new: adapterOf('level') };
  const { host } = await opened.reopen({ stores, source: world.source, failPoint: stop.failPoint });
  await hold.reached;
  const seen: (bigint | undefined)[] = [];
  host.on('phase', () => seen.push(host.status().sequence));
  world.churn(5);
  await sendRest({ host }, world);
  await host.whenApplied(15n);
  hold.pass.open();
  await until(() => host.status().generation === 2);
  await expectWhole({ host }, world, 'level');
  expect(seen.length).toBeGreaterThan(1);
  expect(seen.filter((sequence) => sequence === undefined || sequence < 15n)).toEqual([]);
});

it.each(KINDS)(
  'a stream that is faster than the rebuild of a %s store does not keep it from ending',
  async (kind) => {
    const world = new OrdersWorld().churn(10);
    let staged = 0;
    const hooks: Hooks = {};
    const opened = await openLive(world, { kind, hooks, source: undefined });
    const { host } = opened;
    const source = { openSnapshot: () => old };
    const old = world.snapshot();
    world.churn(3);
    await sendRest(opened, world);
    await host.whenApplied(13n);
    hooks.process = async ({ after }) => {
      const { sequence = 0n, waitingFor } = host.status();
      if (after >= sequence) return;
      staged += 1;
      // Three changes come, and are live, for every one that the rebuilt store takes.
      world.churn(3);
      await sendRest(opened, world);
      if (!waitingFor.includes('freeze')) await host.whenApplied(world.sequence);
    };
    expect((await host.reprocess({ source })).outcome).toBe('switched');
    delete hooks.process;
    expect([staged >= 2, staged < 20]).toEqual([true, true]);
    await expectWhole(opened, world, kind);
    expect(opened.alerts).toEqual([]);
  },
);
