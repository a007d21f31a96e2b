/**
 * A new version of the tasks, with other columns, and back to the old one, while the source goes on. Code of one version
 * never writes into data of another: until the switch the old data is served as it is, and its changes wait in the log.
 */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Stores } from 'staged-reprocessor';
import { freshRebuild, ShopHost, type Version } from './shop-host.ts';
import { Shop } from './shop.ts';
import { version1 } from './version-1.ts';
import { version2 } from './version-2.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'upgrade-'));
const shop = new Shop((bound) => Math.floor(Math.random() * bound));

/** Opens the directory with one version of the program, trades, waits until its data is there, and trades on. */
async function run<S extends Stores>(name: string, version: Version<S>): Promise<void> {
  const held = Promise.withResolvers<undefined>();
  const host = await ShopHost.open(version, shop, dataDir, held.promise);
  const { reprocessor } = host;
  const rebuilds = shop.rebuilds;
  try {
    if (reprocessor.status().ready) {
      await host.trade(20);
      const { generation, sequence, stores, deltas } = reprocessor.status();
      const outdated = stores.filter((store) => store.outdated).map(({ store }) => store);
      console.log(
        `${name}: serves generation ${generation ?? 'none'} at ${sequence ?? 'none'} of ${deltas.log.through ?? 'none'}, outdated: ${outdated.join(', ') || 'none'}`,
      );
      held.resolve(undefined);
      await host.upToDate();
    } else {
      held.resolve(undefined);
      await reprocessor.reprocess();
    }
    await host.trade(20);
    const rows = await host.rows();
    assert.deepEqual(rows, await freshRebuild(version, shop));
    const how = shop.rebuilds > rebuilds ? 'rebuilt' : 'a retained generation, caught up';
    console.log(
      `${name}: generation ${reprocessor.status().generation ?? 'none'} is live (${how}), as a fresh rebuild has it:`,
    );
    console.log(JSON.stringify(rows));
  } finally {
    await reprocessor.close();
  }
}

try {
  await run('version 1', version1);
  await run('version 2', version2);
  await run('version 1 again', version1);
  await run('version 2 again', version2);
} finally {
  rmSync(dataDir, { recursive: true });
}
