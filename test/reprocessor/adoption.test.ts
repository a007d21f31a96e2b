import { existsSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { Level } from 'level';
import { describe, expect, it } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { adoptOptions, bringData } from '../process/brought-data.ts';
import { versionsOf } from '../process/read-versions.ts';
import { openOptions, ROWS, sourceOf, storesOf } from '../process/world.ts';
import {
  afterTest,
  copied,
  failureOf,
  keyOf,
  levelRows,
  openHost,
  ordersSource,
  reasonOf,
  reportOf,
  rowsOf,
  temporaryFolder,
} from './rows-host.ts';

/** A LevelDB as a host had it before, with `count` rows. */
async function bring(location: string, count = 4): Promise<string> {
  const db = new Level(location);
  const rows = db.sublevel('rows');
  for (let index = 0; index < count; index++) await rows.put(keyOf(index), 'brought');
  await db.close();
  return location;
}

describe('adopted data', () => {
  it('that is not there is refused; the next open may name another place', async () => {
    const folder = temporaryFolder();
    const location = await bring(join(folder, 'old-index'));
    const typo = join(folder, 'old-indexx');
    const open = (path: string, home = 'home') =>
      openHost({
        dataDir: join(folder, home),
        stores: { main: levelRows() },
        adopt: { sequence: 1n, locations: { main: path } },
      });
    for (let time = 0; time < 2; time++)
      expect((await failureOf(open(typo))).code).toBe('REPROCESS_CONTROL_CORRUPT');
    expect(existsSync(typo)).toBe(false);
    expect((await failureOf(open(typo, 'other'))).code).toBe('REPROCESS_CONTROL_CORRUPT');
    // Nothing was recorded: without `adopt` this still is a fresh directory.
    const fresh = await openHost({ dataDir: join(folder, 'other'), stores: { main: levelRows() } });
    expect(fresh.status().ready).toBe(false);
    const host = await open(location);
    expect(host.status()).toMatchObject({ ready: true, generation: 1, state: 'NONE' });
    expect(await rowsOf(host)).toEqual(copied(4, 'brought'));
  });

  it('that vanished before its adoption had ended may be taken from another place', async () => {
    const folder = temporaryFolder();
    const [moved, location] = [await bring(join(folder, 'a')), await bring(join(folder, 'b'))];
    const open = (path: string, failPoint?: (name: string) => void) =>
      openHost({
        dataDir: join(folder, 'home'),
        stores: { main: levelRows() },
        adopt: { sequence: 1n, locations: { main: path } },
        logger: { debug: silent, info: silent, warn: silent, error: silent },
        ...(failPoint === undefined ? {} : { failPoint }),
      });
    const half = await open(moved, (name) => {
      if (name === 'recover:roll-forward') throw new Error('failed on purpose');
    });
    expect(half.status()).toMatchObject({ state: 'FAILED', ready: false });
    await half.close();
    rmSync(moved, { recursive: true });
    expect(await rowsOf(await open(location))).toEqual(copied(4, 'brought'));
  });

  it('of one place cannot become two stores, however the place is written', async () => {
    const folder = temporaryFolder();
    const location = await bring(join(folder, 'old-index'));
    for (const again of [location, `${location}/`, relative(process.cwd(), location)]) {
      const opening = openHost({
        dataDir: join(folder, 'home'),
        stores: { main: levelRows(), side: levelRows() },
        adopt: { sequence: 1n, locations: { main: location, side: again } },
      });
      const error = await reasonOf(opening);
      expect(error).toBeInstanceOf(TypeError);
      expect(String(error)).toContain('Expected `adopt.locations` to be another one for each store');
    }
    const host = await openHost({
      dataDir: join(folder, 'home'),
      stores: { main: levelRows() },
      adopt: { sequence: 1n, locations: { main: location } },
    });
    expect(await rowsOf(host)).toEqual(copied(4, 'brought'));
  });

  it.each(['at once', 'after a restart'])('is counted: becoming empty is refused (%s)', async (when) => {
    const folder = temporaryFolder();
    const location = await bring(join(folder, 'old-index'));
    const options = {
      dataDir: join(folder, 'home'),
      stores: { main: levelRows() },
      adopt: { sequence: 1n, locations: { main: location } },
      retry: { maxRetries: 0 },
    };
    let host = await openHost(options);
    if (when === 'after a restart') {
      await host.close();
      host = await openHost(options);
    }
    const error = await failureOf(host.reprocess({ source: ordersSource(0, '', 5n) }));
    expect(error).toMatchObject({
      code: 'REPROCESS_VERIFY_FAILED',
      details: { store: 'main', rowsBefore: 4, rowsAfter: 0 },
    });
    expect(reportOf(error).outcome).toBe('failed');
    expect(await rowsOf(host)).toEqual(copied(4, 'brought'));
    await host.reprocess({ source: ordersSource(4, 'rebuilt', 5n) });
    expect(await rowsOf(host)).toEqual(copied(4, 'rebuilt'));
  });

  it('of SQL tables is counted too', async () => {
    const dataDir = join(temporaryFolder(), 'home');
    await bringData(dataDir, 'sqlite');
    const host = await StagedReprocessor.open({
      ...openOptions(dataDir, 'sqlite'),
      adopt: adoptOptions(dataDir, 'sqlite'),
    });
    afterTest(() => host.close());
    const error = await failureOf(host.reprocess({ source: sourceOf(3, 0) }));
    expect(error).toMatchObject({
      code: 'REPROCESS_VERIFY_FAILED',
      details: { store: 'totals', rowsBefore: ROWS, rowsAfter: 0 },
    });
    expect(await versionsOf(host, Object.keys(storesOf('sqlite')))).toEqual({ totals: 2 });
  });
});

function silent(): void {}
