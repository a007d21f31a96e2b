import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { decodeNSSummary } from '../../src/recon/index.ts';
import { goldenFileSizeKey, goldenRows, goldenStat, Unpacked } from '../recon/golden-rows.ts';
import { checkpointIn, dumped, fixtures, Folder, mirrorNames, run, treeHash } from './command-line.ts';

type Rows = readonly Record<string, unknown>[];

function hexRows(rows: Rows | undefined): Map<string, string> {
  return new Map((rows ?? []).map(({ key, value }) => [String(key), String(value)]));
}

function sqlRows(rows: Rows | undefined): Rows {
  return (rows ?? []).map(({ row }) => row as Record<string, unknown>);
}

/** `childDir` is a set: the order in which Recon wrote it means nothing. */
function summaries(rows: Map<string, string>): Map<string, unknown> {
  return new Map(
    [...rows].map(([key, value]) => {
      const row = decodeNSSummary(Buffer.from(value, 'hex'));
      return [key, { ...row, childDir: row.childDir.toSorted((a, b) => (a < b ? -1 : 1)) }];
    }),
  );
}

/** Recon's rebuild stores the two sizes of `deletedTable` the wrong way round. */
function goldenStats(directory: string): Record<string, string> {
  const swapped: Readonly<Record<string, string>> = {
    deletedTableUnReplicatedDataSize: 'deletedTableReplicatedDataSize',
    deletedTableReplicatedDataSize: 'deletedTableUnReplicatedDataSize',
  };
  return Object.fromEntries(
    [...goldenRows(directory, 'globalStatsTable')].map(([key, value]) => {
      const name = Buffer.from(key, 'hex').toString();
      return [swapped[name] ?? name, String(goldenStat(value))];
    }),
  );
}

function expectGolden(stdout: string, golden: string): void {
  const tables = dumped(stdout);
  expect(tables.size).toBe(6);
  for (const table of ['containerKeyTable', 'keyContainerTable', 'containerKeyCountTable']) {
    expect(hexRows(tables.get(table)).size, table).toBeGreaterThan(40);
    expect(hexRows(tables.get(table)), table).toEqual(goldenRows(golden, table));
  }
  expect(summaries(hexRows(tables.get('namespaceSummaryTable')))).toEqual(
    summaries(goldenRows(golden, 'namespaceSummaryTable')),
  );
  const stats = sqlRows(tables.get('GLOBAL_STATS'));
  expect(Object.fromEntries(stats.map(({ key, value }) => [key, value]))).toEqual(goldenStats(golden));
  const sizes = sqlRows(tables.get('FILE_COUNT_BY_SIZE'));
  expect(
    Object.fromEntries(
      sizes.map(({ volume, bucket, file_size, count }) => [
        `${String(volume)}/${String(bucket)}/${String(file_size)}`,
        count,
      ]),
    ),
  ).toEqual(
    Object.fromEntries(
      [...goldenRows(golden, 'fileCountBySizeTable')].map(([key, value]) => [
        goldenFileSizeKey(key),
        String(BigInt(`0x${value}`)),
      ]),
    ),
  );
}

describe('recon rebuild', () => {
  it.each([
    { name: 'ozone-3k', inside: true, flags: ['--filesystem-paths'] },
    { name: 'om-live', inside: false, flags: [] },
  ])(
    'of $name: directory, then archive; every row equals the real Recon',
    async ({ name, inside, flags }) => {
      using folder = new Folder();
      const data = folder.file('data');
      const origin = folder.checkpoint(`ozone/${name}/om0.tar.gz`, 'given', inside ? 'om0' : '.');
      const before = treeHash(origin);
      const first = await run(['recon', 'rebuild', origin, '--data-dir', data, ...flags]);
      expect(first, first.stderr).toMatchObject({ code: 0 });
      expect(first.stdout).toMatch(/^namespace +none -> 1 /mu);
      expect(treeHash(origin)).toBe(before);
      using golden0 = new Unpacked(`recon/${name}-recon-s0.tar.gz`);
      const dump0 = await run(['dump', data]);
      expect(dump0.code).toBe(0);
      expectGolden(dump0.stdout, join(golden0.directory, 'recon-s0'));

      const archive = join(fixtures, `ozone/${name}/om1.tar.gz`);
      const second = await run([
        'recon',
        'rebuild',
        archive,
        '--data-dir',
        data,
        '--verify',
        'full',
        ...flags,
      ]);
      expect(second, second.stderr).toMatchObject({ code: 0 });
      expect(second.stdout).toMatch(/^namespace +1 -> 2 /mu);
      expect(second.stdout).toContain('Verified (full)');
      using golden1 = new Unpacked(`recon/${name}-recon-s1.tar.gz`);
      const dump1 = await run(['dump', data]);
      expectGolden(dump1.stdout, join(golden1.directory, 'recon-s1'));
      // The new checkpoint has taken the place of the one before.
      expect(mirrorNames(data)).toEqual(['copy', 'mirror.json', 'options.json', 'shelf.json']);
    },
  );

  it('takes the checkpoint by hard links, records the options, and tells when they change', async () => {
    using folder = new Folder();
    const data = folder.file('data');
    const origin = folder.checkpoint('ozone/ozone-3k/om0.tar.gz', 'given', 'om0');
    const rebuild = ['recon', 'rebuild', origin, '--data-dir', data];
    const on = await run([...rebuild, '--filesystem-paths', '--json', '--quiet']);
    expect(on.stderr).toBe('');
    expect(JSON.parse(on.stdout)).toMatchObject({
      outcome: 'switched',
      generation: 1,
      snapshot: { sequence: '3304' },
      filesystemPaths: true,
      checkpoint: { how: 'linked', sequence: '3304' },
    });
    expect(JSON.parse(readFileSync(join(data, 'om/options.json'), 'utf8'))).toEqual({
      format: 1,
      filesystemPaths: true,
    });
    const table = readdirSync(origin).find((name) => name.endsWith('.sst')) ?? '';
    expect(statSync(join(checkpointIn(data), table)).ino).toBe(statSync(join(origin, table)).ino);

    // The same sequence again, without the flag: other rows, and a warning.
    const off = await run(rebuild);
    expect(off.code).toBe(0);
    expect(off.stdout).toContain('File-system paths are off now; the rebuild before had them on');
    expect(off.stdout).toMatch(/^Found \(legacy-directory-marker\): [1-9]/mu);
    expect(off.stdout).toMatch(/^ {2}\/vol1\/legacy\/d0part266\/$/mu);
    expect(off.stderr).toMatch(/Warning: [1-9]\d* LEGACY keys look like directories/u);
    expect(mirrorNames(data)).toEqual(['copy', 'mirror.json', 'options.json', 'shelf.json']);
  });

  it('rebuilds what the real Recon cannot, and lists the orphans', async () => {
    using folder = new Folder();
    const archive = join(fixtures, 'ozone/om-live-legacy/om1.tar.gz');
    const rebuilt = await run([
      'recon',
      'rebuild',
      archive,
      '--data-dir',
      folder.file('data'),
      '--filesystem-paths',
    ]);
    expect(rebuilt, rebuilt.stderr).toMatchObject({ code: 0 });
    expect(rebuilt.stdout).toMatch(/^Found \(legacy-orphan\): [1-9]\d* LEGACY keys whose parent/mu);
    expect(rebuilt.stdout).toMatch(/^ {2}\/[^/]+\/[^/]+\/.+\/./mu);
  });

  it('shows the disk, the steps and the rows when it has no terminal', async () => {
    using folder = new Folder();
    const archive = join(fixtures, 'ozone/ozone-3k/om0.tar.gz');
    const { stderr } = await run(['recon', 'rebuild', archive, '--data-dir', folder.file('data')]);
    expect(stderr).toMatch(/^Disk: about 299 KB needed for the new tables, .+ free$/mu);
    expect(stderr).toMatch(
      /^taking the checkpoint$[^]*^reading the checkpoint$[^]*^verifying$[^]*^switching$/mu,
    );
    expect(stderr).not.toContain('\u001b');
  });
});
