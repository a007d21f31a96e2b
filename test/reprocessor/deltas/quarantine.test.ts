import { expect, it } from 'vitest';
import { faultyStore } from '../../../src/testing/index.ts';
import { until } from '../fault-subject.ts';
import { adapterOf, codesOf, expectWhole, idle, KINDS, openLive, sendRest } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

const QUARANTINED = {
  count: 2,
  first: [
    { table: 'orders', key: Buffer.from('a').toString('hex'), reason: 'bad 1 cannot be decoded' },
    { table: 'orders', key: Buffer.from('c').toString('hex'), reason: 'bad 2 cannot be decoded' },
  ],
};

/** Two records that no task can decode, one of them in the place of a good one. */
function spoil(world: OrdersWorld): void {
  world.set('a', 'red').set('b', 'red').set('a', 'bad 1').set('c', 'bad 2').set('d', 'blue');
}

it.each(KINDS)(
  'a value of a %s store that cannot be decoded is set aside, counted and told once',
  async (kind) => {
    const world = new OrdersWorld();
    const opened = await openLive(world, { kind });
    spoil(world);
    await sendRest(opened, world, 2n);
    await expectWhole(opened, world, kind);
    expect(opened.host.status().deltas.quarantined).toEqual(QUARANTINED);
    expect(codesOf(opened.alerts)).toEqual(['RECORD_QUARANTINED']);
    expect(opened.host.status().waitingFor).toEqual([]);
    expect(opened.host.status().deltas.accepted).toBe(3);
    // What was set aside contributes nothing when it goes, either.
    world.set('a', 'green').delete('c');
    await sendRest(opened, world);
    await expectWhole(opened, world, kind);
    expect(opened.host.status().deltas.quarantined.count).toBe(2);
  },
);

it('is counted once, however often the store had to be tried', async () => {
  const world = new OrdersWorld();
  const faulty = faultyStore(adapterOf('level'));
  const opened = await openLive(world, { kind: 'level', stores: { main: faulty.adapter } });
  faulty.arm({ failOn: ({ name, index }) => name === 'apply' && index < 9 });
  spoil(world);
  await opened.host.consume(world.delta(0n));
  await until(() => faulty.failed.length > 0 && codesOf(opened.alerts).includes('APPLY_FAILED'));
  faulty.arm();
  await opened.clock.advance(1000);
  await expectWhole(opened, world, 'level');
  expect(opened.host.status().deltas.quarantined).toEqual(QUARANTINED);
});

it('is counted and told once, although a rebuild has to be caught up with it, too', async () => {
  const world = new OrdersWorld().set('x', 'red').set('y', 'blue');
  const opened = await openLive(world, { kind: 'level' });
  const old = world.snapshot();
  spoil(world);
  await opened.host.consume(world.delta(2n));
  await opened.host.whenApplied(world.sequence);
  await opened.host.reprocess({ source: { openSnapshot: () => old } });
  await expectWhole(opened, world, 'level');
  expect(opened.host.status().deltas.quarantined).toEqual(QUARANTINED);
  expect(codesOf(opened.alerts)).toEqual(['RECORD_QUARANTINED']);
});

it('past maxQuarantined the store is rebuilt, and the old data served', async () => {
  const world = new OrdersWorld().set('z', 'red');
  const opened = await openLive(world, { kind: 'level', maxQuarantined: 1, source: undefined });
  const { host, alerts } = opened;
  const before = world.rows();
  spoil(world);
  await host.consume(world.delta(1n));
  await until(() => host.status().stores[0]?.blocked !== undefined);
  expect(host.status().stores[0]?.blocked).toMatchObject({
    reason: 'TASK_FAILURE',
    error: { code: 'REPROCESS_QUARANTINED' },
  });
  await until(() => alerts.length === 2);
  expect(codesOf(alerts)).toEqual(['TASK_FAILURE', 'REPROCESS_NO_SOURCE']);
  expect(host.status().deltas.quarantined.count).toBe(0);
  const served = await host.read((lease) => lease.sequence);
  expect([served, before]).toEqual([1n, ['z=red', '#red=1']]);
});

it('findings are counted by kind', async () => {
  const world = new OrdersWorld();
  const opened = await openLive(world, {
    hooks: {
      process: ({ events }, context) => {
        for (const { table, key } of events) context.finding({ kind: 'seen', table, key });
      },
    },
  });
  world.churn(6);
  await sendRest(opened, world, 2n);
  await expectWhole(opened, world);
  await idle(opened);
  expect(opened.host.status().deltas.findings).toEqual({ seen: 6 });
});
