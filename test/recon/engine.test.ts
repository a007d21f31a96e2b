import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { openOmCheckpoint } from '../../src/ozone/checkpoint/om-checkpoint.ts';
import { reconTasks } from '../../src/recon/index.ts';
import { reconStores } from './recon-stores.ts';
import { Unpacked } from './golden-rows.ts';
import { fileCounts, globalStats } from './om-rows.ts';
import { runTasks } from './task-run.ts';

const dataDir = mkdtempSync(join(tmpdir(), 'sr-'));
afterAll(() => {
  rmSync(dataDir, { recursive: true });
});

type Rows = readonly (readonly [key: Uint8Array, value: Uint8Array])[];

function asHex(rows: Rows): Record<string, string> {
  const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
  return Object.fromEntries(rows.map(([key, value]) => [hex(key), hex(value)]));
}

describe('the six tasks in the real engine, on LevelDB and SQLite', () => {
  it('leave in the stores what they wrote', async () => {
    using source = new Unpacked('ozone/ozone-3k/om0.tar.gz');
    const directory = join(source.directory, 'om0');
    const snapshot = await openOmCheckpoint(directory);
    const expected = await runTasks(snapshot, reconTasks({ filesystemPaths: true }), reconStores());
    await snapshot.close();
    const wanted = (table: string): Record<string, string> =>
      asHex([...(expected.tables.get(table) ?? [])].map(([key, value]) => [Buffer.from(key, 'hex'), value]));

    const reprocessor = await StagedReprocessor.open({
      dataDir,
      stores: reconStores(),
      tasks: reconTasks({ filesystemPaths: true }),
      source: { openSnapshot: () => openOmCheckpoint(directory) },
    });
    try {
      await reprocessor.reprocess();
      await reprocessor.read(async (lease) => {
        const containers = lease.store('containers');
        for (const table of ['containerKeyTable', 'keyContainerTable', 'containerKeyCountTable'] as const) {
          expect(asHex(await containers.table(table).iterator().all())).toEqual(wanted(table));
        }
        const namespace = lease.store('namespace').table('namespaceSummaryTable');
        expect(asHex(await namespace.iterator().all())).toEqual(wanted('namespaceSummaryTable'));
        const stats = lease.store('stats');
        const values = await stats.selectFrom('GLOBAL_STATS').select(['key', 'value']).execute();
        expect(Object.fromEntries(values.map(({ key, value }) => [key, value]))).toEqual(
          globalStats(expected),
        );
        const counts = await stats.selectFrom('FILE_COUNT_BY_SIZE').selectAll().execute();
        const named = counts.map(({ volume, bucket, file_size, count }) => [
          `${volume}/${bucket}/${String(file_size)}`,
          count,
        ]);
        expect(Object.fromEntries(named)).toEqual(fileCounts(expected));
      });
    } finally {
      await reprocessor.close();
    }
  });
});
