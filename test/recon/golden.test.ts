import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openOmCheckpoint } from '../../src/ozone/checkpoint/om-checkpoint.ts';
import { decodeNSSummary, reconTasks } from '../../src/recon/index.ts';
import { reconStores } from './recon-stores.ts';
import { goldenFileSizeKey, goldenRows, goldenStat, Unpacked } from './golden-rows.ts';
import { fileCounts, findings, globalStats } from './om-rows.ts';
import { runTasks, type TaskRun } from './task-run.ts';

async function rebuild(directory: string, filesystemPaths: boolean): Promise<TaskRun> {
  const snapshot = await openOmCheckpoint(directory);
  try {
    return await runTasks(snapshot, reconTasks({ filesystemPaths }), reconStores());
  } finally {
    await snapshot.close();
  }
}

function hexRows(run: TaskRun, table: string): Map<string, string> {
  const rows = [...(run.tables.get(table) ?? [])];
  return new Map(rows.map(([key, value]) => [key, Buffer.from(value).toString('hex')]));
}

/** `childDir` is a set: the order in which Recon wrote it means nothing. */
function withSortedChildren(rows: Map<string, string>): Map<string, unknown> {
  return new Map(
    [...rows].map(([key, value]) => {
      const row = decodeNSSummary(Buffer.from(value, 'hex'));
      return [key, { ...row, childDir: row.childDir.toSorted((a, b) => (a < b ? -1 : 1)) }];
    }),
  );
}

function goldenStats(directory: string): Record<string, bigint> {
  const rows = [...goldenRows(directory, 'globalStatsTable')];
  const stats: Record<string, bigint> = Object.fromEntries(
    rows.map(([key, value]) => [Buffer.from(key, 'hex').toString(), goldenStat(value)]),
  );
  // Recon's rebuild stores these two the wrong way round.
  const { deletedTableUnReplicatedDataSize: replicated, deletedTableReplicatedDataSize: unreplicated } =
    stats;
  return {
    ...stats,
    deletedTableUnReplicatedDataSize: unreplicated ?? -1n,
    deletedTableReplicatedDataSize: replicated ?? -1n,
  };
}

describe.each([
  { name: 'ozone-3k', om: 'om0', recon: 's0', inside: 'om0', filesystemPaths: true },
  { name: 'ozone-3k', om: 'om1', recon: 's1', inside: 'om1', filesystemPaths: true },
  { name: 'om-live', om: 'om0', recon: 's0', inside: '.', filesystemPaths: false },
  { name: 'om-live', om: 'om1', recon: 's1', inside: '.', filesystemPaths: false },
])('the rebuild of $name $om', ({ name, om, recon, inside, filesystemPaths }) => {
  it('equals the real Recon, row for row', async () => {
    using source = new Unpacked(`ozone/${name}/${om}.tar.gz`);
    using golden = new Unpacked(`recon/${name}-recon-${recon}.tar.gz`);
    const expected = join(golden.directory, `recon-${recon}`);
    const run = await rebuild(join(source.directory, inside), filesystemPaths);

    expect(run.quarantined).toEqual([]);
    for (const table of ['containerKeyTable', 'keyContainerTable', 'containerKeyCountTable']) {
      expect(hexRows(run, table).size).toBeGreaterThan(40);
      expect(hexRows(run, table), table).toEqual(goldenRows(expected, table));
    }
    expect(withSortedChildren(hexRows(run, 'namespaceSummaryTable'))).toEqual(
      withSortedChildren(goldenRows(expected, 'namespaceSummaryTable')),
    );
    expect(globalStats(run)).toEqual(goldenStats(expected));
    const sizes = [...goldenRows(expected, 'fileCountBySizeTable')];
    expect(fileCounts(run)).toEqual(
      Object.fromEntries(sizes.map(([key, value]) => [goldenFileSizeKey(key), BigInt(`0x${value}`)])),
    );
  });
});

describe('om-live-legacy, which the real Recon cannot rebuild', () => {
  it.each(['om0', 'om1'])('is rebuilt from %s, its orphans reported', async (om) => {
    using source = new Unpacked(`ozone/om-live-legacy/${om}.tar.gz`);
    const run = await rebuild(source.directory, true);
    expect(run.quarantined).toEqual([]);
    expect(findings(run).length).toBeGreaterThan(0);
    expect(findings(run).every((finding) => /^legacy-orphan \/[^/]+\/[^/]+\/.+\/./u.test(finding))).toBe(
      true,
    );
    expect(run.tables.get('namespaceSummaryTable')?.size).toBeGreaterThan(20);
  });
});
