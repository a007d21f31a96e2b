import { randomInt } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { freshRebuild, ShopHost, type Version } from '../../examples/upgrade/shop-host.ts';
import { Shop } from '../../examples/upgrade/shop.ts';
import { version1 } from '../../examples/upgrade/version-1.ts';
import { version2 } from '../../examples/upgrade/version-2.ts';
import type { Alert, Stores } from '../../src/index.ts';
import { seededRandom, type SeededRandom } from '../../src/testing/index.ts';

function newShop(): { readonly shop: Shop; readonly dataDir: string; readonly random: SeededRandom } {
  const random = seededRandom(randomInt(2 ** 31));
  const dataDir = mkdtempSync(join(tmpdir(), 'sr-'));
  onTestFinished(({ task }) => {
    rmSync(dataDir, { recursive: true, force: true });
    if (task.result?.state === 'fail') console.log(`seed ${random.seed}`);
  });
  return { shop: new Shop((bound) => random.below(bound)), dataDir, random };
}

/** Opens, trades before and after the version's own data is live, and compares it with a fresh rebuild. */
async function stage<S extends Stores>(
  version: Version<S>,
  { shop, dataDir, random }: ReturnType<typeof newShop>,
): Promise<void> {
  const host = await ShopHost.open(version, shop, dataDir);
  try {
    if (!host.reprocessor.status().ready) await host.reprocessor.reprocess();
    await host.trade(random.below(30));
    await host.upToDate();
    expect(await host.rows()).toEqual(await freshRebuild(version, shop));
    await host.trade(random.below(30));
    expect(await host.rows()).toEqual(await freshRebuild(version, shop));
  } finally {
    await host.reprocessor.close();
  }
}

/** Opens and is closed again while its data may not be there yet. */
async function shortStage<S extends Stores>(
  version: Version<S>,
  { shop, dataDir, random }: ReturnType<typeof newShop>,
): Promise<void> {
  const host = await ShopHost.open(version, shop, dataDir);
  const alerts: Alert[] = [];
  host.reprocessor.on('alert', (alert) => alerts.push(alert));
  await host.trade(random.below(30));
  await host.reprocessor.close();
  expect(alerts).toEqual([]);
}

describe('the upgrade example', () => {
  it('goes from version 1 to 2 and back, and again, and rebuilds once for each', async () => {
    const world = newShop();
    await stage(version1, world);
    await stage(version2, world);
    expect(world.shop.rebuilds).toBe(2);
    await stage(version1, world);
    await stage(version2, world);
    await stage(version1, world);
    expect(world.shop.rebuilds).toBe(2);
  });

  it('holds on any path, also when a version is given up before its data is there', async () => {
    for (let path = 0; path < 2; path += 1) {
      const world = newShop();
      await stage(version1, world);
      for (let step = 0; step < 5; step += 1) {
        const move = world.random.below(4);
        if (move === 0) await stage(version1, world);
        else if (move === 1) await stage(version2, world);
        else if (move === 2) await shortStage(version1, world);
        else await shortStage(version2, world);
      }
      await stage(version2, world);
      await stage(version1, world);
    }
  });

  it('serves the old data as it is until the new data is live', async () => {
    const { shop, dataDir } = newShop();
    const held = Promise.withResolvers<undefined>();
    const old = await ShopHost.open(version1, shop, dataDir);
    await old.reprocessor.reprocess();
    await old.trade(20);
    await old.rows();
    const [days, customers] = await old.reprocessor.read(async (lease) => [
      await lease.store('days').selectFrom('day').selectAll().execute(),
      await lease.store('customers').table('customer').keys().all(),
    ]);
    await old.reprocessor.close();

    const host = await ShopHost.open(version2, shop, dataDir, held.promise);
    try {
      await host.trade(20);
      const { stores, sequence, lag, waitingFor } = host.reprocessor.status();
      expect(stores.map(({ outdated }) => outdated)).toEqual([true, true]);
      expect({ sequence, lag }).toEqual({ sequence: 20n, lag: 20n });
      expect(waitingFor).toContain('rebuild');
      await host.reprocessor.read(async (lease) => {
        expect(lease.outdated).toEqual(['days', 'customers']);
        expect(await lease.store('days').selectFrom('day').selectAll().execute()).toEqual(days);
        expect(await lease.store('customers').table('customer').keys().all()).toEqual(customers);
      });
      held.resolve(undefined);
      await host.upToDate();
      expect(await host.rows()).toEqual(await freshRebuild(version2, shop));
    } finally {
      held.resolve(undefined);
      await host.reprocessor.close();
    }
  });
});
