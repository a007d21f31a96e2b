import { expect, it } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import type { Lease, ReconOmTask, Source } from '../../../src/index.ts';
import { faultyStore } from '../../../src/testing/index.ts';
import { gate, levelRows, memoryRows, text } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { adapterOf, codesOf, expectWhole, idle, openLive, openOrders, sendRest } from './orders-host.ts';
import type { Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

it('what is set aside counts for its store alone, and since its last rebuild', async () => {
  const world = new OrdersWorld().churn(3);
  const stores = { a: levelRows(), b: levelRows() };
  const hooks: Hooks = {};
  const opened = await openLive(world, { kind: 'level', stores, hooks, maxQuarantined: 1 });
  const { host, alerts } = opened;
  // One behind the other, so that what the first has set aside is counted when the second is asked.
  hooks.process = async ({ through }, _context, task) => {
    const first = () => host.status().stores.find(({ store }) => store === 'a')?.sequence ?? 0n;
    if (task === 'Orders-b') await until(() => first() >= through);
  };
  const counted = () => host.status().deltas.quarantined.count;
  const spoil = async () => {
    world.set('spoilt', 'bad');
    await sendRest(opened, world);
    await expectWhole(opened, world, 'level');
    world.delete('spoilt');
    await sendRest(opened, world);
    await expectWhole(opened, world, 'level');
  };
  for (let generation = 1; generation < 12; generation += 2) {
    // One of each store is the most that the limit allows.
    await spoil();
    expect(counted()).toBe(2);
    await host.reprocess({ tasks: ['Orders-a'] });
    expect(counted()).toBe(1);
    await host.reprocess();
    expect([counted(), host.status().generation]).toEqual([0, generation + 2]);
  }
  expect(codesOf(alerts).filter((code) => code !== 'RECORD_QUARANTINED')).toEqual([]);
});

it('a store whose errors pass after many tries heals without a source', async () => {
  const world = new OrdersWorld();
  const faulty = faultyStore(adapterOf('level'));
  const opened = await openOrders({ kind: 'level', stores: { main: faulty.adapter } });
  const { host, alerts, clock } = opened;
  await host.startEmpty(0n);
  faulty.arm({ failOn: ({ name }) => name === 'apply' });
  world.churn(4);
  await host.consume(world.delta(0n));
  await until(() => alerts.length > 0);
  for (let tries = 1; tries < 10; tries++) {
    expect(alerts).toHaveLength(tries);
    await clock.advance(60_000);
    await until(() => alerts.length > tries);
  }
  expect(host.status().stores[0]?.blocked).toBeUndefined();
  // Whoever reads messages only learns why, how often, and when it is tried again.
  expect(alerts[0]?.message).toMatch(
    /^Store 'main' could not take a delta \(1 in a row\); it is tried again in 1000 ms: .*apply/u,
  );
  expect(alerts[9]?.message).toMatch(/\(10 in a row\); it is tried again in 60000 ms: .*apply/u);
  faulty.arm();
  await clock.advance(60_000);
  await expectWhole(opened, world, 'level');
  expect(codesOf(alerts)).toEqual(Array<string>(10).fill('APPLY_FAILED'));
});

it.each([undefined, 0])(
  'a volatile store that joins never takes the sequence of the set back (retainGenerations: %s)',
  async (retainGenerations) => {
    const world = new OrdersWorld().churn(10);
    const retained = retainGenerations === undefined ? {} : { retainGenerations };
    const stores = { durable: levelRows(), volatile: memoryRows() };
    const opened = await openLive(world, { kind: 'level', stores, ...retained });
    world.churn(5);
    const early = world.snapshot();
    world.churn(5);
    await sendRest(opened, world, 4n);
    await opened.host.whenApplied(20n);
    let first = true;
    const source: Source = {
      openSnapshot: () => {
        if (!first) return world.snapshot();
        first = false;
        return early;
      },
    };
    const reopened = await opened.reopen({
      source,
      stores: { durable: levelRows(), volatile: memoryRows() },
    });
    const { host, clock } = reopened;
    const seen: (bigint | undefined)[] = [host.status().sequence];
    host.on('switch:end', () => seen.push(host.status().sequence));
    await until(() => !first);
    while (host.status().stores.some(({ sequence }) => sequence === undefined)) {
      await idle(reopened);
      seen.push(host.status().sequence);
      await clock.advance(1000);
    }
    const at = await host.read((lease) => [lease.sequence, lease.sequenceOf('volatile')]);
    expect([...seen, ...at].filter((sequence) => sequence !== 20n)).toEqual([]);
    await expectWhole(reopened, world, 'level');
  },
);

it('a volatile store that joins has what the set got between its catch-up and the switch', async () => {
  const world = new OrdersWorld().churn(10);
  const stores = () => ({ durable: levelRows(), volatile: memoryRows() });
  const opened = await openLive(world, { kind: 'level', stores: stores() });
  const held = gate();
  const source: Source = {
    openSnapshot: async () => {
      await held.opened;
      return world.snapshot();
    },
  };
  let arrives = true;
  const reopened = await opened.reopen({
    source,
    stores: stores(),
    failPoint: async (name) => {
      if (name !== '4-caught-up' || !arrives) return;
      arrives = false;
      const after = world.sequence;
      world.churn(5);
      await reopened.host.consume(world.delta(after));
      await until(() => reopened.host.status().sequence === world.sequence);
    },
  });
  const { host } = reopened;
  const seen: (bigint | undefined)[] = [];
  host.on('switch:end', () => seen.push(host.status().sequence));
  held.open();
  await until(() => seen.length > 0);
  expect(seen).toEqual([15n]);
  await expectWhole(reopened, world, 'level');
});

interface WordTables {
  words: { key: string; value: string };
}

const wordStore = () =>
  sqliteStore<WordTables>({
    tables: {
      words: {
        columns: { key: 'text', value: 'text' },
        primaryKey: ['key'],
        triggers: [
          {
            name: 'louder',
            on: 'after insert',
            body: 'UPDATE words SET value = upper(new.value) WHERE key = new.key;',
          },
          {
            name: 'shorter',
            on: 'after insert',
            body: 'DELETE FROM words WHERE key = new.key || new.key;',
          },
        ],
      },
    },
  });

/** Copies the orders, of which triggers make others. */
const wordTask: ReconOmTask<ReturnType<typeof wordStore>> = {
  taskName: 'Words',
  store: 'main',
  version: 1,
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const sink = context.sink('words');
    await snapshot.scan('orders', {
      rows(batch) {
        for (let index = 0; index < batch.length; index++) {
          void sink.put({ key: text(batch.key(index)), value: text(batch.value(index)).toUpperCase() });
        }
      },
    });
    return undefined;
  },
  process({ events }, context) {
    for (const { key, after } of events) {
      if (after !== undefined) context.table('words').put({ key: text(key), value: text(after) });
    }
    return Promise.resolve();
  },
};

it('a trigger that changes rows of the batch fails no switch', async () => {
  const world = new OrdersWorld().set('a', 'red').set('b', 'blue').set('cc', 'grey');
  let arrives: (() => Promise<void>) | undefined;
  const opened = await openOrders({
    kind: 'sqlite',
    source: world.source,
    stores: { main: wordStore() },
    tasks: [wordTask as object as ReconOmTask & { readonly store: string }],
    failPoint: async (name) => {
      if (name !== '4-caught-up') return;
      const now = arrives;
      arrives = undefined;
      await now?.();
    },
  });
  const { host } = opened;
  await host.reprocess();
  let inFreeze = false;
  arrives = async () => {
    world.set('c', 'green');
    await host.consume(world.delta(3n));
    await host.whenApplied(4n);
    inFreeze = true;
  };
  await host.reprocess();
  expect([inFreeze, host.status().generation]).toEqual([true, 2]);
  const rows = () =>
    host.read(async (lease) => {
      // The reader of this store, of which an untyped host knows no type.
      const typed = lease as unknown as Lease<{ readonly main: ReturnType<typeof wordStore> }>;
      const all = await typed.store('main').selectFrom('words').selectAll().orderBy('key').execute();
      return all.map(({ key, value }) => `${key}=${value}`);
    });
  expect(await rows()).toEqual(['a=RED', 'b=BLUE', 'c=GREEN']);
  // Also a way back counts the rows again; the one that a trigger deleted is not missed.
  await host.rollbackTo(1);
  expect([host.status().generation, await rows()]).toEqual([1, ['a=RED', 'b=BLUE', 'c=GREEN']]);
});
