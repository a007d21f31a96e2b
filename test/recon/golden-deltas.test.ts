import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { decodeNSSummary } from '../../src/recon/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { GOLDEN_SETS, goldenBatches, unpackCheckpoint } from '../ozone/om-mirror/golden-sets.ts';
import { goldenFileSizeKey, goldenRows, goldenStat, Unpacked } from './golden-rows.ts';
import { GoldenLife } from './law/golden-life.ts';
import type { StoredRows } from './law/stored-rows.ts';

/** Draws how batches are cut, grouped and repeated; stands in the message of a failure. */
const seed = Number(process.env['SR_GOLDEN_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

/** What is live after a rebuild of one checkpoint and some batches. */
async function lived(
  options: { filesystemPaths: boolean; batches: readonly Uint8Array[] },
  checkpoint: string,
): Promise<StoredRows> {
  const life = new GoldenLife({
    folder,
    filesystemPaths: options.filesystemPaths,
    random: seededRandom(seed),
  });
  try {
    await life.begin(checkpoint);
    await life.follow(options.batches);
    const rows = await life.rows();
    expect(await life.runs(), 'deltas need no rebuild').toBe(1);
    return rows;
  } finally {
    await life.remove();
  }
}

describe(`deltas of a real Ozone Manager, seed ${seed}`, () => {
  it.each(GOLDEN_SETS)(
    '%s: om0 and all deltas come to a rebuild of om1',
    async (set) => {
      const filesystemPaths = set !== 'om-live';
      const followed = await lived(
        { filesystemPaths, batches: goldenBatches(set) },
        unpackCheckpoint(set, 'om0', folder),
      );
      const rebuilt = await lived({ filesystemPaths, batches: [] }, unpackCheckpoint(set, 'om1', folder));
      expect([...followed.keys()]).toEqual([...rebuilt.keys()]);
      for (const [table, rows] of followed) {
        expect(rows, table).toEqual(rebuilt.get(table));
      }
      if (set === 'om-live-legacy') return;
      using golden = new Unpacked(`recon/${set}-recon-s1.tar.gz`);
      expectGolden(followed, join(golden.directory, 'recon-s1'));
    },
    300_000,
  );
});

/** The rows are those of the real Recon, but for the two sizes that it stores the wrong way round. */
function expectGolden(rows: StoredRows, directory: string): void {
  for (const table of ['containerKeyTable', 'keyContainerTable', 'containerKeyCountTable']) {
    expect(rows.get(table), table).toEqual(goldenRows(directory, table));
  }
  const summaries = goldenRows(directory, 'namespaceSummaryTable');
  expect(withChildSets(rows.get('namespaceSummaryTable'))).toEqual(withChildSets(summaries));
  const stats = [...goldenRows(directory, 'globalStatsTable')].map(([key, value]) => {
    const name = Buffer.from(key, 'hex').toString();
    const swapped = { UnReplicated: 'Replicated', Replicated: 'UnReplicated' };
    const ours = name.replace(
      /^deletedTable(?<kind>UnReplicated|Replicated)/u,
      (_, kind: keyof typeof swapped) => {
        return `deletedTable${swapped[kind]}`;
      },
    );
    return columns({ key: ours, value: String(goldenStat(value)) });
  });
  expect([...(rows.get('GLOBAL_STATS')?.values() ?? [])].toSorted()).toEqual(stats.toSorted());
  const sizes = [...goldenRows(directory, 'fileCountBySizeTable')].map(([key, value]) => {
    const [volume, bucket, file_size] = goldenFileSizeKey(key).split('/');
    return columns({ volume, bucket, file_size, count: String(BigInt(`0x${value}`)) });
  });
  expect([...(rows.get('FILE_COUNT_BY_SIZE')?.values() ?? [])].toSorted()).toEqual(sizes.toSorted());
}

function columns(row: Readonly<Record<string, string | undefined>>): string {
  return JSON.stringify(Object.entries(row));
}

/** `childDir` is a set: the order in which Recon wrote it means nothing. */
function withChildSets(rows: ReadonlyMap<string, string> | undefined): Map<string, unknown> {
  return new Map(
    [...(rows ?? [])].map(([key, value]) => {
      const row = decodeNSSummary(Buffer.from(value, 'hex'));
      return [key, { ...row, childDir: new Set(row.childDir) }];
    }),
  );
}
