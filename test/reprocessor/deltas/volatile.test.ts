import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../../src/testing/index.ts';
import { levelRows, memoryRows, temporaryFolder } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, idle, openLive, ordersIn, sendRest } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

describe('a host without a directory', () => {
  it('keeps its log in memory, and follows deltas over rebuilds and ways back', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world);
    for (let round = 0; round < 3; round++) {
      world.churn(10);
      await sendRest(opened, world, 3n);
      await opened.host.reprocess();
      world.churn(10);
      await sendRest(opened, world, 3n);
      const [back] = opened.host.status().retained;
      if (back !== undefined) await opened.host.rollbackTo(back);
      await expectWhole(opened, world);
    }
    expect(opened.alerts).toEqual([]);
  });

  it('survives a fault of its log and of its store', async () => {
    const world = new OrdersWorld().churn(10);
    const faulty = faultyStore(memoryRows());
    let fails = 0;
    const opened = await openLive(world, {
      stores: { main: faulty.adapter },
      failPoint: (name) => {
        if (name === 'log:append' && fails-- > 0) throw new Error('Injected fault');
      },
    });
    world.churn(10);
    fails = 1;
    await opened.host.consume(world.delta(10n)).catch(() => undefined);
    faulty.arm({ failOn: ({ name }) => name === 'apply' && faulty.failed.length === 0 });
    await sendRest(opened, world);
    await until(() => codesOf(opened.alerts).includes('APPLY_FAILED'));
    await opened.clock.advance(1000);
    await expectWhole(opened, world);
    expect(codesOf(opened.alerts)).toEqual(['REPROCESS_DELTA_LOG_FAILED', 'APPLY_FAILED']);
  });
});

describe('a volatile store beside a durable one', () => {
  it('is rebuilt at open, and follows the same deltas', async () => {
    const world = new OrdersWorld().churn(10);
    const stores = { durable: levelRows(), volatile: memoryRows() };
    const opened = await openLive(world, { kind: 'level', stores });
    world.churn(10);
    await sendRest(opened, world, 3n);
    await expectWhole(opened, world, 'level');
    const reopened = await opened.reopen({ stores: { durable: levelRows(), volatile: memoryRows() } });
    expect(reopened.host.position()).toMatchObject({ sequence: 20n, cursor: { at: 20 } });
    world.churn(5);
    await sendRest(reopened, world, 2n);
    await until(() => reopened.host.status().stores.every(({ sequence }) => sequence !== undefined));
    await idle(reopened);
    await expectWhole(reopened, world, 'level');
    world.churn(5);
    await sendRest(reopened, world, 2n);
    await expectWhole(reopened, world, 'level');
    expect(reopened.alerts).toEqual([]);
  });

  it('goes back with it', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, {
      kind: 'level',
      stores: { durable: levelRows(), volatile: memoryRows() },
    });
    await opened.host.reprocess();
    world.churn(10);
    await sendRest(opened, world, 3n);
    await opened.host.rollbackTo(1);
    world.churn(10);
    await sendRest(opened, world, 3n);
    await expectWhole(opened, world, 'level');
  });
});

it('a volatile store with a directory sends on from the log, and is rebuilt by its host', async () => {
  const world = new OrdersWorld().churn(10);
  const dataDir = temporaryFolder();
  const opened = await openLive(world, { dataDir });
  world.churn(10);
  await sendRest(opened, world);
  await expectWhole(opened, world);
  const reopened = await opened.reopen({ dataDir });
  await until(() => reopened.host.status().run === undefined);
  if (!reopened.host.status().ready) await reopened.host.reprocess();
  world.churn(4);
  await sendRest(reopened, world);
  await expectWhole(reopened, world);
  expect(await reopened.host.read((lease) => ordersIn(lease))).toEqual(world.rows());
});
