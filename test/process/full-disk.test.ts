import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { isReprocessError, StagedReprocessor, type Source } from '../../src/index.ts';
import { treeDigest } from '../conformance/tree-digest.ts';
import { smallDisk } from './full-disk.ts';
import { expectNothingLeft } from './killed-home.ts';
import { versionsOf } from './read-versions.ts';
import { makeHome, openOptions, sourceOf, WORLDS, type World } from './world.ts';

const ROWS = 4000;
const disk = smallDisk(32 << 20);
if (disk === undefined)
  process.stderr.write('No file system can be mounted here: full disks are not tested\n');
afterAll(() => {
  disk?.unmount();
});

/** A source that cannot say how large it is, so that nothing is refused before the disk is full. */
function unmeasured(version: number): Source {
  const source = sourceOf(version, ROWS);
  return {
    openSnapshot: () => {
      const snapshot = source.openSnapshot();
      return {
        sequence: snapshot.sequence,
        tables: snapshot.tables,
        estimateRows: (table) => snapshot.estimateRows(table),
        scan: (table, options) => snapshot.scan(table, options),
        get: (table, key) => snapshot.get(table, key),
        close: () => snapshot.close(),
      };
    },
  };
}

const durable = WORLDS.filter((world) => world !== 'level+memory');

test.skipIf(disk === undefined).each(durable)(
  'the disk is full at any moment of a run with %s: old data is served, and the next run succeeds',
  async (world: World) => {
    if (disk === undefined) return;
    const home = join(disk.path, world);
    disk.leave(undefined);
    await makeHome(home, world);
    const open = () => StagedReprocessor.open({ ...openOptions(home, world), sortBufferBytes: 4096 });
    let reprocessor = await open();
    const stores = Object.keys(openOptions(home, world).stores);
    const codes = new Set<string>();
    let [version, rows] = [2, 20];
    const sizes = [
      0, 4, 8, 12, 16, 24, 32, 48, 64, 80, 96, 112, 128, 160, 192, 256, 320, 384, 448, 512, 640, 768, 1024,
    ];
    for (const kibibytes of sizes) {
      disk.leave(kibibytes << 10);
      const next = version + 1;
      let isUndecided = false;
      try {
        await reprocessor.reprocess({ source: unmeasured(next) });
        [version, rows] = [next, ROWS];
        codes.add('none');
      } catch (error) {
        if (!isReprocessError(error)) throw error;
        codes.add(error.code);
        isUndecided = error.code === 'REPROCESS_UNDECIDED';
        expect(error.details['report'], `${error.code} at ${kibibytes} KiB`).toBeDefined();
      }
      const told = await versionsOf(reprocessor, stores, rows);
      expect(new Set(Object.values(told)), `${kibibytes} KiB`).toEqual(new Set([version]));
      disk.leave(undefined);
      if (isUndecided) {
        await reprocessor.close();
        reprocessor = await open();
        // The decision is read back: old or new, the same in all stores.
        const { sequence } = reprocessor.status();
        if (sequence === BigInt(next)) [version, rows] = [next, ROWS];
        const found = await versionsOf(reprocessor, stores, rows);
        expect(new Set(Object.values(found))).toEqual(new Set([version]));
      }
      await reprocessor.reprocess({ source: unmeasured(version + 1) });
      [version, rows] = [version + 1, ROWS];
    }
    await reprocessor.close();
    expectNothingLeft(home, reprocessor.status());
    const again = await StagedReprocessor.open(openOptions(home, world));
    expect(new Set(Object.values(await versionsOf(again, stores, rows)))).toEqual(new Set([version]));
    await again.close();
    expect(codes.has('none')).toBe(true);
    expect(codes.size).toBeGreaterThan(1);
  },
  120_000,
);

test.skipIf(disk === undefined)(
  'a read-only directory is refused in a sentence, and nothing is changed',
  async () => {
    if (disk === undefined) return;
    const home = join(disk.path, 'read-only');
    await makeHome(home, 'level+sqlite');
    const before = treeDigest(home);
    disk.setReadOnly(true);
    try {
      const error: unknown = await StagedReprocessor.open(openOptions(home, 'level+sqlite')).catch(
        (thrown: unknown) => thrown,
      );
      expect(error).toMatchObject({ code: 'REPROCESS_CONTROL_FAILED' });
      expect(String(error)).toMatch(/read-only/iu);
    } finally {
      disk.setReadOnly(false);
    }
    expect(treeDigest(home)).toEqual(before);
  },
);
