import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { StagedReprocessError } from '../../../src/index.ts';
import { faultyStore } from '../../../src/testing/index.ts';
import { entriesOf, failureOf, gate, levelRows, temporaryFolder } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import { expectWhole, openLive, ordersIn, sendRest, type OrdersHost } from '../deltas/orders-host.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';

interface Damaged {
  readonly world: OrdersWorld;
  readonly opened: OrdersHost;
  readonly damage: (store: 'sound' | 'hurt') => void;
  /** Damages the store's files themselves. */
  readonly damageFiles: (store: 'sound' | 'hurt') => void;
}

/** A host with two stores that has been closed, and a way to make them unreadable. */
async function closedHost(): Promise<Damaged> {
  const world = new OrdersWorld().churn(10);
  const dataDir = temporaryFolder();
  const faulty = { sound: faultyStore(levelRows()), hurt: faultyStore(levelRows()) };
  const stores = { sound: faulty.sound.adapter, hurt: faulty.hurt.adapter };
  const opened = await openLive(world, { kind: 'level', dataDir, stores });
  world.churn(5);
  await sendRest(opened, world);
  await opened.host.whenApplied(15n);
  await opened.host.close();
  const damage = (store: 'sound' | 'hurt'): void => {
    let times = 0;
    faulty[store].arm({
      failOn: ({ name }) => name === 'openGeneration' && times++ === 0,
      error: () => new StagedReprocessError('REPROCESS_STORE_CORRUPT', 'Blocks are damaged'),
    });
  };
  const damageFiles = (store: string): void => {
    const folder = join(dataDir, 'stores', store);
    const [live = ''] = entriesOf(folder);
    rmSync(join(folder, live, 'CURRENT'));
  };
  return { world, opened, damage, damageFiles };
}

it('one damaged store is rebuilt by itself while the others are served and follow', async () => {
  const { world, opened, damage } = await closedHost();
  damage('hurt');
  const release = gate();
  const reasons: string[] = [];
  const old = world.snapshot();
  const source = {
    openSnapshot: async ({ reason }: { readonly reason: string }) => {
      reasons.push(reason);
      await release.opened;
      return old;
    },
  };
  const reopened = await opened.reopen({ source });
  const { host } = reopened;
  world.churn(5);
  await host.consume(world.delta(15n));
  await host.whenApplied(20n);
  await host.read(async (lease) => {
    expect(await ordersIn(lease, 'level', 'sound')).toEqual(world.rows());
    expect((await failureOf(ordersIn(lease, 'level', 'hurt'))).code).toBe('REPROCESS_NOT_READY');
  });
  expect(host.status()).toMatchObject({
    ready: true,
    stores: [
      { store: 'sound', sequence: 20n },
      { store: 'hurt', sequence: undefined },
    ],
  });
  release.open();
  await until(() => host.status().lastReport !== undefined);
  expect(host.status()).toMatchObject({
    lastReport: { reason: 'STORE_CORRUPT', outcome: 'switched', tasks: [{ taskName: 'Orders-hurt' }] },
    stores: [{ live: 1 }, { live: 2 }],
    waitingFor: [],
  });
  expect(reasons).toEqual(['STORE_CORRUPT']);
  await expectWhole(reopened, world, 'level');
  const again = await reopened.reopen({ source: undefined });
  await expectWhole(again, world, 'level');
});

it('a store whose marker cannot be read refuses the opening: nothing tells whose data it is', async () => {
  const { world, opened, damageFiles } = await closedHost();
  damageFiles('hurt');
  expect((await failureOf(opened.reopen({ source: world.source }))).code).toBe('REPROCESS_CONTROL_CORRUPT');
});

it('says, while it is rebuilt, that it waits for that', async () => {
  const { world, opened, damage } = await closedHost();
  damage('hurt');
  const release = gate();
  const source = {
    openSnapshot: async () => {
      await release.opened;
      return world.snapshot();
    },
  };
  const reopened = await opened.reopen({ source });
  expect(reopened.host.status().waitingFor).toEqual(['rebuild']);
  release.open();
  await until(() => reopened.host.status().waitingFor.length === 0);
  await expectWhole(reopened, world, 'level');
});

it('without a source opening rejects, and changes nothing', async () => {
  const { world, opened, damage } = await closedHost();
  const files = openFiles();
  for (let time = 0; time < 2; time++) {
    damage('hurt');
    expect((await failureOf(opened.reopen({ source: undefined }))).code).toBe('REPROCESS_STORE_CORRUPT');
    expect(openFiles()).toBe(files);
  }
  const reopened = await opened.reopen({ source: undefined });
  await expectWhole(reopened, world, 'level');
});

it('when no store is whole opening rejects', async () => {
  const { world, opened, damage } = await closedHost();
  damage('hurt');
  damage('sound');
  expect((await failureOf(opened.reopen({ source: world.source }))).code).toBe('REPROCESS_STORE_CORRUPT');
});
