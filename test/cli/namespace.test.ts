import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openOmCheckpoint } from '../../src/ozone/index.ts';
import { KeyInfo } from '../../src/ozone/protobuf/key-info.ts';
import { checkpointIn, fixtures, Folder, run } from './command-line.ts';

interface UsageJson {
  readonly path: string;
  readonly size: string;
  readonly sizeWithReplica: string;
  readonly sizeDirectKey: string;
  readonly subPathCount: number;
  readonly subPaths: readonly { path: string; size: string; sizeWithReplica: string; isKey: boolean }[];
}

const deep = '/vol1/fso/d0events847/d1user606';
const legacy = '/vol1/legacy/d0part266';

describe('recon summary, du and dist', () => {
  let folder: Folder;
  let withPaths: string;
  let without: string;

  beforeAll(async () => {
    folder = new Folder();
    withPaths = folder.file('with');
    without = folder.file('without');
    const om0 = join(fixtures, 'ozone/ozone-3k/om0.tar.gz');
    for (const args of [[withPaths, '--filesystem-paths'], [without]]) {
      const rebuilt = await run(['recon', 'rebuild', om0, '--data-dir', ...args]);
      expect(rebuilt, rebuilt.stderr).toMatchObject({ code: 0 });
    }
  });
  afterAll(() => folder[Symbol.dispose]());

  async function ask(command: string, path: string, options: readonly string[] = [], data = withPaths) {
    const answered = await run(['recon', command, path, '--data-dir', data, '--json', ...options]);
    expect(answered, answered.stderr).toMatchObject({ code: 0, stderr: '' });
    return JSON.parse(answered.stdout) as unknown;
  }

  async function usage(path: string, options: readonly string[] = [], data = withPaths): Promise<UsageJson> {
    return (await ask('du', path, options, data)) as UsageJson;
  }

  /** All keys of a bucket or directory as the Ozone Manager has them. */
  async function keysBelow(prefix: string): Promise<Map<string, { size: bigint; replicated: bigint }>> {
    const keys = new Map<string, { size: bigint; replicated: bigint }>();
    const info = new KeyInfo();
    const checkpoint = await openOmCheckpoint(checkpointIn(withPaths));
    await checkpoint.scan('keyTable', {
      rows(batch) {
        for (let index = 0; index < batch.length; index++) {
          const name = Buffer.from(batch.key(index)).toString();
          const value = batch.value(index);
          if (!name.startsWith(prefix) || !info.decode(value, 0, value.length)) continue;
          keys.set(name, { size: info.sizeBig, replicated: info.replicatedBig });
        }
      },
    });
    await checkpoint.close();
    return keys;
  }

  it.each([
    ['/', 'ROOT', [4, 7, 162, 2982]],
    ['/vol1', 'VOLUME', [-1, 3, 126, 2253]],
    ['vol1/fso/', 'BUCKET', [-1, -1, 101, 1197]],
    [deep, 'DIRECTORY', undefined],
    [`ofs://om:9862${deep}/f_SUCCESS18-1003`, 'KEY', [-1, -1, -1, 0]],
    [legacy, 'DIRECTORY', [-1, -1, 12, 154]],
    [`${legacy}/d19key1_/fKEY`, 'KEY', [-1, -1, -1, 0]],
    ['/vol1/obs/tmp20/日本-2092', 'KEY', [-1, -1, -1, 0]],
    ['/emptyvol', 'VOLUME', [-1, 0, 0, 0]],
    ['/vol2/empty-fso', 'BUCKET', [-1, -1, 0, 0]],
  ])('%s is a %s', async (path, type, counts) => {
    const summary = (await ask('summary', path)) as { countStats: Record<string, number> };
    expect(summary).toMatchObject({ path, type, status: 'OK' });
    if (counts !== undefined) expect(Object.values(summary.countStats)).toEqual(counts);
  });

  it.each([
    '/nope',
    '/vol1/nope',
    '/vol1/fso/d0events847/nope',
    '/vol1/obs/nope',
    '/vol1/obs/tmp20',
    `${deep}/nope/x`,
  ])('%s is not there', async (path) => {
    const refused = await run(['recon', 'summary', path, '--data-dir', withPaths, '--json']);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(`${path} is not in this namespace`);
    expect(JSON.parse(refused.stdout)).toEqual({ path, status: 'PATH_NOT_FOUND' });
  });

  it('an OBS bucket has exactly the keys of the Ozone Manager', async () => {
    const keys = await keysBelow('/vol1/obs/');
    const sum = (of: 'size' | 'replicated'): string =>
      String([...keys.values()].reduce((total, key) => total + key[of], 0n));
    const all = await usage('/vol1/obs', ['--files', '--all', '--no-sort']);
    expect(all).toMatchObject({
      size: sum('size'),
      sizeWithReplica: sum('replicated'),
      subPathCount: keys.size,
    });
    expect(all.subPaths).toEqual(
      [...keys].map(([path, { size, replicated }]) => ({
        path,
        size: String(size),
        sizeWithReplica: String(replicated),
        isKey: true,
      })),
    );
    const few = await usage('/vol1/obs', ['-f', '-l', '3']);
    expect(few.subPathCount).toBe(keys.size);
    const largest = [...keys.values()].map(({ size }) => size).sort((a, b) => (a > b ? -1 : 1));
    expect(few.subPaths.map(({ size }) => BigInt(size))).toEqual(largest.slice(0, 3));
  });

  it.each(['/vol1/fso', deep, '/vol1/legacy', legacy])('what lies in %s adds up', async (path) => {
    const all = await usage(path, ['--files', '--all']);
    const sum = (isKey: boolean): bigint =>
      all.subPaths.filter((sub) => sub.isKey === isKey).reduce((total, { size }) => total + BigInt(size), 0n);
    expect(all.subPaths.some(({ isKey }) => isKey)).toBe(true);
    expect(all.subPaths.some(({ isKey }) => !isKey)).toBe(true);
    expect(String(sum(true))).toBe(all.sizeDirectKey);
    expect(String(sum(true) + sum(false))).toBe(all.size);
    for (const sub of all.subPaths) {
      expect(sub.path.startsWith(`${path}/`)).toBe(true);
      // The marker of a directory is none of its keys.
      expect(sub.path.endsWith('/')).toBe(false);
    }
    const first = all.subPaths.find(({ isKey }) => !isKey);
    expect(await usage(first?.path ?? '')).toMatchObject({ size: first?.size });
    const key = all.subPaths.find(({ isKey }) => isKey);
    expect(await usage(key?.path ?? '')).toMatchObject({ size: key?.size, subPathCount: 0 });
  });

  it('volumes add up to the root', async () => {
    const root = await usage('/');
    expect(root.subPaths.map(({ path }) => path)).toEqual(['/vol1', '/s3v', '/vol2', '/emptyvol']);
    expect(String(root.subPaths.reduce((total, { size }) => total + BigInt(size), 0n))).toBe(root.size);
  });

  it('dist counts every file once, and none of a key', async () => {
    for (const [path, files] of [
      ['/', 2982],
      ['/vol1', 2253],
      [legacy, 154],
    ] as const) {
      const { dist } = (await ask('dist', path)) as { dist: number[] };
      expect(dist).toHaveLength(41);
      expect(
        dist.reduce((total, count) => total + count, 0),
        path,
      ).toBe(files);
    }
    const refused = await run(['recon', 'dist', `${legacy}/d19key1_/fKEY`, '--data-dir', withPaths]);
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain('A key has no file size distribution');
  });

  it('without file-system paths a LEGACY bucket is flat, as it was rebuilt', async () => {
    const summary = (await ask('summary', '/vol1/legacy', [], without)) as { countStats: { numDir: number } };
    expect(summary.countStats.numDir).toBe(0);
    expect((await ask('summary', `${legacy}/`, [], without)) as object).toMatchObject({ type: 'KEY' });
    const refused = await run(['recon', 'summary', legacy, '--data-dir', without]);
    expect(refused.code).toBe(1);
    const flat = await usage('/vol1/legacy', ['--files', '--all'], without);
    expect(flat.subPathCount).toBe((await keysBelow('/vol1/legacy/')).size);
  });

  it('reads the rows as they were built, whatever a crash has left in options.json', async () => {
    writeFileSync(join(without, 'om/options.json'), '{"format":1,"filesystemPaths":true}');
    const summary = (await ask('summary', '/vol1/legacy', [], without)) as { countStats: { numDir: number } };
    expect(summary.countStats.numDir).toBe(0);
    expect((await ask('summary', `${legacy}/`, [], without)) as object).toMatchObject({ type: 'KEY' });
  });

  it('prints aligned tables for people', async () => {
    const du = await run(['recon', 'du', '/vol1', '--data-dir', withPaths, '--replica']);
    expect(du.stdout).toBe(`Path : /vol1
Total Size : 11 PB
Total Disk Usage : 24 PB

  Size  Disk Usage  Path Name
5.5 PB       14 PB  /vol1/fso/
3.0 PB      5.8 PB  /vol1/obs/
2.0 PB      5.0 PB  /vol1/legacy/
`);
    const bare = await run(['recon', 'du', '/vol1', '--data-dir', withPaths, '-n', '-l', '1']);
    expect(bare.stdout).toBe('  Size  Path Name\n5.5 PB  /vol1/fso/\nand 2 more (--all lists them)\n');
    const dist = await run(['recon', 'dist', '/s3v', '--data-dir', withPaths]);
    expect(dist.stdout).toMatch(/^ +4 KB -- 8 KB +\d+\.\d % +\d+ +#+$/mu);
    const summary = await run(['recon', 'summary', '/vol1', '--data-dir', withPaths]);
    expect(summary.stdout).toBe('Entity Type : VOLUME\nBuckets : 3\nDirectories : 126\nKeys : 2,253\n');
  });
});
