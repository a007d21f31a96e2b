import {
  appendFileSync,
  copyFileSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { omCheckpointSource, openOmCheckpoint } from '../../../src/ozone/index.ts';
import {
  digestsOf,
  makeTempDirectory,
  rocksExpectations,
  rocksFixture,
  rowsOf,
  withCopy,
} from '../checkpoint-fixtures.ts';

let directory: string;
beforeEach(() => {
  directory = makeTempDirectory();
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

describe('openOmCheckpoint', () => {
  it('is a snapshot of all families but the default one', async () => {
    await using checkpoint = await openOmCheckpoint(rocksFixture('wal'));
    expect(checkpoint.tables).toEqual(['volumeTable', 'bucketTable', 'keyTable']);
    expect(checkpoint.sequence).toBe(BigInt(rocksExpectations['wal']?.sequence ?? -1));
    expect(checkpoint.history).toMatch(/^[0-9a-f-]{36}$/);
    expect(checkpoint.estimateRows('bucketTable')).toBeGreaterThan(0);
    expect(checkpoint.estimateRows('noSuchTable')).toBeUndefined();
    expect(checkpoint.estimateBytes()).toBeGreaterThan(100_000);
    expect(await digestsOf(checkpoint, checkpoint.tables)).toEqual(
      Object.fromEntries(
        checkpoint.tables.map((table) => [table, rocksExpectations['wal']?.families[table]]),
      ),
    );
    await checkpoint.verifyUnchanged();
  });

  it('changes nothing in the directory', async () => {
    const state = (): unknown =>
      readdirSync(rocksFixture('wal')).map((name) => [
        name,
        statSync(join(rocksFixture('wal'), name)).mtimeMs,
      ]);
    const before = state();
    const checkpoint = await openOmCheckpoint(rocksFixture('wal'));
    await digestsOf(checkpoint, checkpoint.tables);
    await checkpoint.close();
    expect(state()).toEqual(before);
  });

  it('gives values that are the caller’s own', async () => {
    await using checkpoint = await openOmCheckpoint(rocksFixture('wal'));
    const key = Buffer.from('/vol/bucket9');
    const first = await checkpoint.get('bucketTable', key);
    first?.fill(0);
    expect((await checkpoint.get('bucketTable', key))?.some((byte) => byte !== 0)).toBe(true);
  });

  it('refuses what is no checkpoint of an Ozone Manager', async () => {
    const invalid = (message: RegExp): object => ({
      code: 'REPROCESS_SOURCE_INVALID',
      message: expect.stringMatching(message) as string,
    });
    await expect(openOmCheckpoint(join(directory, 'missing'))).rejects.toMatchObject(
      invalid(/no such directory/),
    );
    await expect(openOmCheckpoint(directory)).rejects.toMatchObject(invalid(/no file CURRENT/));
    writeFileSync(join(directory, 'CURRENT'), 'something else\n');
    await expect(openOmCheckpoint(directory)).rejects.toMatchObject(invalid(/does not name a MANIFEST/));
    writeFileSync(join(directory, 'CURRENT'), 'MANIFEST-000007\n');
    await expect(openOmCheckpoint(directory)).rejects.toMatchObject(
      invalid(/MANIFEST-000007, which is missing/),
    );
    await expect(openOmCheckpoint(join(directory, 'CURRENT'))).rejects.toMatchObject(
      invalid(/no such directory/),
    );
    writeFileSync(join(directory, 'CURRENT'), Buffer.alloc(4112, 0x9c));
    await expect(openOmCheckpoint(directory)).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_UNSUPPORTED',
      message: expect.stringContaining('encryption') as string,
    });
  });

  it('refuses a RocksDB of something else', async () => {
    const manifest = readdirSync(rocksFixture('empty')).find((name) => name.startsWith('MANIFEST')) ?? '';
    copyFileSync(join(rocksFixture('empty'), 'CURRENT'), join(directory, 'CURRENT'));
    const { versionEdit } = await import('../log-writing.ts');
    writeFileSync(join(directory, manifest), versionEdit(1, 'leveldb.BytewiseComparator', 2, 0, 3, 9, 4, 7));
    await expect(openOmCheckpoint(directory)).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_INVALID',
      message: expect.stringContaining('volumeTable') as string,
    });
  });

  it('says that files are missing, unknown, or of another size', async () => {
    const table = '000011.sst';
    for (const [change, message] of [
      [(path: string) => rmSync(path), /names 000011.sst, which is missing/],
      [(path: string) => appendFileSync(path, 'x'), /has \d+ bytes instead of/],
      [(path: string) => copyFileSync(path, join(path, '../000999.sst')), /does not know 000999.sst/],
    ] as const) {
      await withCopy('wal', async (copy) => {
        change(join(copy, table));
        await expect(openOmCheckpoint(copy)).rejects.toMatchObject({
          code: 'REPROCESS_SOURCE_CORRUPT',
          message: expect.stringMatching(message) as string,
        });
      });
    }
  });

  it('tells an error of the operating system apart', async () => {
    mkdirSync(join(directory, 'CURRENT'));
    await expect(openOmCheckpoint(directory)).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_FAILED' });
  });

  it('is a TypeError with wrong options', async () => {
    const options = { verifyChecksums: true, verifyChecksum: true };
    await expect(openOmCheckpoint(directory, options)).rejects.toThrow(/`verifyChecksum`/);
    // @ts-expect-error a boolean is wanted
    await expect(openOmCheckpoint(directory, { verifyChecksums: 'yes' })).rejects.toThrow(
      /^Expected `verifyChecksums` to be a boolean, got `yes` \(string\)$/,
    );
    await expect(openOmCheckpoint('')).rejects.toThrow(TypeError);
    expect(() => omCheckpointSource('x', { stagingDirectory: '' })).toThrow(TypeError);
  });
});

describe('a checkpoint that changes while it is read', () => {
  const changed = { code: 'REPROCESS_SOURCE_CHANGED' };

  it.each<[string, (copy: string) => void]>([
    ['MANIFEST', (copy) => appendFileSync(join(copy, 'MANIFEST-000005'), 'x')],
    ['CURRENT', (copy) => writeFileSync(join(copy, 'CURRENT'), 'MANIFEST-000006\n')],
    ['a WAL file', (copy) => appendFileSync(join(copy, '000010.log'), 'x')],
    ['a new WAL file', (copy) => writeFileSync(join(copy, '000012.log'), '')],
    ['a table that is gone', (copy) => rmSync(join(copy, '000009.sst'))],
    ['a WAL file that is as long as before', (copy) => utimesSync(join(copy, '000010.log'), 1, 1)],
    ['the whole directory', (copy) => rmSync(copy, { recursive: true })],
  ])('is seen at the end of a scan: %s', async (_, change) => {
    await withCopy('wal', async (copy) => {
      const checkpoint = await openOmCheckpoint(copy);
      let ended = false;
      const scan = checkpoint.scan('keyTable', {
        rows: () => change(copy),
        end: () => {
          ended = true;
        },
      });
      await expect(scan).rejects.toMatchObject(changed);
      expect(ended).toBe(false);
      await expect(checkpoint.verifyUnchanged()).rejects.toMatchObject(changed);
    });
  });

  it('is told from damage', async () => {
    await withCopy('wal', async (copy) => {
      const checkpoint = await openOmCheckpoint(copy);
      const table = join(copy, '000009.sst');
      writeFileSync(table, Buffer.alloc(statSync(table).size, 0x55));
      await expect(rowsOf(checkpoint, 'keyTable')).rejects.toMatchObject({
        code: 'REPROCESS_SOURCE_CORRUPT',
      });
      appendFileSync(join(copy, '000010.log'), 'x');
      await expect(rowsOf(checkpoint, 'keyTable')).rejects.toMatchObject({
        ...changed,
        cause: { code: 'REPROCESS_SOURCE_CORRUPT' },
      });
    });
  });

  it('is seen when a table is gone before it is opened', async () => {
    await withCopy('wal', async (copy) => {
      const checkpoint = await openOmCheckpoint(copy);
      rmSync(join(copy, '000009.sst'));
      await expect(rowsOf(checkpoint, 'keyTable')).rejects.toMatchObject(changed);
      await expect(
        checkpoint.get('keyTable', Buffer.from('/vol/bucket0/dir00/file0000')),
      ).rejects.toMatchObject(changed);
    });
  });
});
