import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fixtures, Folder, run, treeHash, type Ended, type Interruption } from './command-line.ts';

interface Checked {
  readonly sequence: string;
  readonly wrongRows: number;
  readonly tables: readonly {
    readonly table: string;
    readonly rows: { readonly rebuilt: number };
    readonly missing: number;
    readonly extra: number;
    readonly different: number;
    readonly swappedSizes: boolean;
    readonly first: readonly { readonly path?: string; readonly hints: readonly string[] }[];
  }[];
}

const SWAPPED =
  'Known defect of Recon: its rebuild stores deletedTableReplicatedDataSize and deletedTableUnReplicatedDataSize';

function om(name: string): string {
  return join(fixtures, `ozone/${name}.tar.gz`);
}

/** The tables that a real Recon had, unpacked. */
function recon(folder: Folder, name: string, state: string): string {
  return folder.checkpoint(`recon/${name}-recon-${state}.tar.gz`, 'recon', `recon-${state}`);
}

/** Runs the command so that its temporary folder lies in one that can be looked into. */
async function runIn(temporary: string, args: readonly string[], interrupted?: Interruption): Promise<Ended> {
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = temporary;
  try {
    return await run(args, interrupted);
  } finally {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
  }
}

describe('recon check', () => {
  it.each([
    { name: 'ozone-3k', at: 'om0', state: 's0', flags: ['--filesystem-paths'], rows: '8,782', swapped: true },
    { name: 'ozone-3k', at: 'om1', state: 's1', flags: ['--filesystem-paths'], rows: '8,809', swapped: true },
    { name: 'om-live', at: 'om0', state: 's0', flags: [], rows: '779', swapped: true },
    { name: 'om-live', at: 'om1', state: 's1', flags: [], rows: '2,471', swapped: false },
  ])(
    'finds nothing in the rebuild of a real Recon: $name $state',
    async ({ name, at, state, flags, rows, swapped }) => {
      using folder = new Folder();
      const checked = await run([
        'recon',
        'check',
        om(`${name}/${at}`),
        recon(folder, name, state),
        ...flags,
      ]);
      expect(checked, checked.stderr).toMatchObject({ code: 0 });
      expect(checked.stdout).toContain(`\nRight: all ${rows} rows are as rebuilt\n`);
      // Where both sizes are the same nobody can see that they were swapped.
      expect(checked.stdout.includes(SWAPPED)).toBe(swapped);
      expect(checked.stderr).toContain('comparing globalStatsTable\n');
    },
  );

  it('finds the 152 rows that the deltas of a real Recon left wrong', async () => {
    using folder = new Folder();
    const tables = recon(folder, 'ozone-3k', 's0-deltas');
    const args = ['recon', 'check', om('ozone-3k/om1'), tables, '--filesystem-paths', '--quiet'];
    const { code, stdout, stderr } = await run([...args, '--json']);
    expect({ code, stderr }).toEqual({ code: 3, stderr: '' });
    const checked = JSON.parse(stdout) as Checked;
    expect(checked).toMatchObject({ sequence: '3882', wrongRows: 152 });
    expect(checked.tables.reduce((sum, { rows }) => sum + rows.rebuilt, 0)).toBe(8809);
    expect(
      checked.tables.map(({ table, missing, extra, different }) => [table, missing, extra, different]),
    ).toEqual([
      ['namespaceSummaryTable', 0, 0, 11],
      ['containerKeyTable', 0, 52, 0],
      ['keyContainerTable', 0, 52, 0],
      ['containerKeyCountTable', 0, 0, 35],
      ['fileCountBySizeTable', 0, 0, 0],
      ['globalStatsTable', 0, 0, 2],
    ]);
    expect(checked.tables.some(({ swappedSizes }) => swappedSizes)).toBe(false);
    const [namespace, containers] = checked.tables;
    expect(namespace?.first.map(({ path, hints }) => [path, ...hints])).toEqual([
      ['/vol1/fso'],
      ['/vol2/fso2'],
      ['/vol1/fso/d53logs78/ren3524', 'detached'],
      ['/vol1/fso/d53logs78'],
      [undefined, 'detached'],
      ['/vol2/fso2/d0\u{e000}priv767'],
      ['/vol2/fso2/ren3459', 'detached'],
      ['/vol2/fso2/ren3459/ren3431/d25user371/ren3548', 'detached'],
      ['/vol2/fso2/d0\u{e000}priv767/ren3536', 'detached'],
      [undefined, 'detached'],
      ['/vol2/fso2/d0\u{e000}priv767/d5user899/ren3509', 'detached'],
    ]);
    expect(containers?.first).toHaveLength(20);
    expect(containers?.first[0]?.path).toBe('/vol2/fso2/d162026-11-22603/fuser703-2703');

    const text = (await run([...args, '--limit', '2'])).stdout;
    expect(text).toContain('  /vol2/fso2 (object -9223372036854773760)\n');
    expect(text).toContain(
      '            size             1.0 TB (1,104,143,736,599 B)  instead of 2.0 TB (2,203,665,421,560 B)\n',
    );
    expect(text).toContain('            sub-directories                            10  instead of 11\n');
    expect(text).toContain('              lacks: -9223372036854143232\n');
    expect(text).toContain('\n  and 9 more (--limit shows more)\n');
    expect(text).toContain('\nWrong: 152 rows are wrong; 8,809 were rebuilt\n');
  });

  it('skips a table that has no file, and says so', async () => {
    using folder = new Folder();
    const tables = recon(folder, 'om-live', 's0');
    for (const table of ['globalStatsTable', 'keyContainerTable']) rmSync(join(tables, `${table}.hex`));
    const checked = await run(['recon', 'check', om('om-live/om0'), tables]);
    expect(checked.code).toBe(0);
    expect(checked.stdout).toContain(
      'Not checked, since the folder has no file of it: keyContainerTable, globalStatsTable\n',
    );
    expect(checked.stdout).toContain('Right: all 477 rows are as rebuilt');
  });

  it('reads a checkpoint directory in place, changes nothing and leaves nothing', async () => {
    using folder = new Folder();
    const checkpoint = folder.checkpoint('ozone/ozone-3k/om0.tar.gz', 'given', 'om0');
    const tables = recon(folder, 'ozone-3k', 's0');
    const temporary = folder.checkpoint('recon/om-live-recon-s0.tar.gz', 'temporary');
    rmSync(join(temporary, 'recon-s0'), { recursive: true });
    const before = [treeHash(checkpoint), treeHash(tables)];
    const args = ['recon', 'check', checkpoint, tables, '--filesystem-paths'];
    expect(await runIn(temporary, args)).toMatchObject({ code: 0 });
    expect([treeHash(checkpoint), treeHash(tables)]).toEqual(before);
    expect(readdirSync(temporary)).toEqual([]);

    const stopped = await runIn(temporary, args, {
      call: 'mkdir',
      path: 'stores/namespace',
      action: 'SIGINT',
    });
    expect(stopped).toMatchObject({ code: 130, stdout: '' });
    expect(readdirSync(temporary)).toEqual([]);
  });
});
