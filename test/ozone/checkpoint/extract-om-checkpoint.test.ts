import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { extractOmCheckpoint, openOmCheckpointTar } from '../../../src/ozone/index.ts';
import { digestsOf, makeTempDirectory, rocksExpectations, rocksFixture } from '../checkpoint-fixtures.ts';
import type { Entry } from '../checkpoint-tars.ts';
import { checkpointEntries, tarOf, writeTar } from '../checkpoint-tars.ts';

let directory: string;
let stagingDirectory: string;
beforeEach(() => {
  directory = makeTempDirectory();
  stagingDirectory = join(directory, 'staging');
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

async function expectRefused(file: string, message: RegExp, requireComplete = true): Promise<void> {
  await expect(extractOmCheckpoint(file, { stagingDirectory, requireComplete })).rejects.toMatchObject({
    code: 'REPROCESS_ARCHIVE_INVALID',
    message: expect.stringMatching(message) as string,
  });
  expect(existsSync(stagingDirectory) ? readdirSync(stagingDirectory) : []).toEqual([]);
  expect(readdirSync(directory).sort()).toEqual(
    ['checkpoint.tar', ...(existsSync(stagingDirectory) ? ['staging'] : [])].sort(),
  );
}

describe('extractOmCheckpoint', () => {
  it('keeps the copy, whole', async () => {
    const copy = await extractOmCheckpoint(await writeTar(directory, checkpointEntries()), {
      stagingDirectory,
    });
    expect(readdirSync(stagingDirectory).map((name) => join(stagingDirectory, name))).toEqual([copy]);
    for (const name of readdirSync(rocksFixture('wal'))) {
      expect(readFileSync(join(copy, name)).equals(readFileSync(join(rocksFixture('wal'), name)))).toBe(true);
    }
  });

  it.each(['om0/', './', './om0/'])('takes a checkpoint that lies in %s', async (folder) => {
    const entries = [{ name: folder, type: 'directory' as const }, ...checkpointEntries(folder)];
    const copy = await extractOmCheckpoint(await writeTar(directory, entries), { stagingDirectory });
    expect(readdirSync(copy)).toContain('CURRENT');
  });

  it('leaves other databases of the archive out', async () => {
    const other = { name: 'db.snapshots/checkpointState/om.db-1/CURRENT', content: 'x' };
    const copy = await extractOmCheckpoint(await writeTar(directory, [other, ...checkpointEntries()]), {
      stagingDirectory,
    });
    expect(readdirSync(copy).sort()).toEqual(
      [...readdirSync(rocksFixture('wal')), 'OZONE_RATIS_SNAPSHOT_COMPLETE'].sort(),
    );
  });

  describe('version 2', () => {
    const source = (name: string): string => `(dev=fe00,ino=${name.length}${name})-1795350048695`;
    const entries = (): Entry[] =>
      checkpointEntries().map((entry) =>
        entry.name.startsWith('OZONE') ? entry : { ...entry, name: source(entry.name) },
      );
    const lines = (): string[] =>
      readdirSync(rocksFixture('wal')).map((name) => `om.db/${name}\t${source(name)}\n`);

    it('is put together by the list of links', async () => {
      const list = [...lines(), `db.snapshots/checkpointState/om.db-7/CURRENT\t${source('CURRENT')}\n`];
      list.push(`om.db/IDENTITY-again\t${source('IDENTITY')}\n`);
      const file = await writeTar(directory, [
        ...entries(),
        { name: 'hardLinkFile', content: list.join('') },
      ]);
      const copy = await extractOmCheckpoint(file, { stagingDirectory });
      expect(readFileSync(join(copy, 'IDENTITY-again'), 'utf8')).toBe(
        readFileSync(join(copy, 'IDENTITY'), 'utf8'),
      );
      await using checkpoint = await openOmCheckpointTar(file, { stagingDirectory });
      expect(await digestsOf(checkpoint, checkpoint.tables)).toMatchObject({
        keyTable: rocksExpectations['wal']?.families['keyTable'],
      });
    });

    it.each<[string, string, RegExp]>([
      ['a missing file', 'om.db/000777.sst\t(dev=1,ino=1)-1\n', /which is missing/],
      ['a name that leads outside', 'om.db/../../evil\t(dev=1,ino=1)-1\n', /impossible file/],
      ['a name twice', `om.db/CURRENT\t${source('CURRENT')}\n`, /names CURRENT twice/],
      ['a malformed line', 'om.db/CURRENT\n', /malformed line/],
    ])('is refused with %s in the list', async (_, line, message) => {
      const file = await writeTar(directory, [
        ...entries(),
        { name: 'hardLinkFile', content: lines().join('') + line },
      ]);
      await expectRefused(file, message);
    });
  });

  it.each<[string, Entry, RegExp]>([
    ['a way up', { name: '../evil', content: 'x' }, /leads outside/],
    ['a way up in the middle', { name: 'om0/../../evil', content: 'x' }, /leads outside/],
    ['an absolute name', { name: '/absolute/evil', content: 'x' }, /leads outside/],
    ['a drive', { name: 'C:\\evil', content: 'x' }, /leads outside/],
    ['an empty part', { name: 'a//b', content: 'x' }, /leads outside/],
    ['a control character', { name: 'a\nb', content: 'x' }, /leads outside/],
    ['a symbolic link', { name: 'x', type: 'symlink', linkname: '/etc/passwd' }, /is a symlink/],
    ['a hard link', { name: 'x', type: 'link', linkname: 'CURRENT' }, /is a link/],
    ['a device', { name: 'x', type: 'character-device' }, /is a character-device/],
    ['a pipe', { name: 'x', type: 'fifo' }, /is a fifo/],
    ['a name twice', { name: './CURRENT', content: 'x' }, /"CURRENT" comes twice/],
  ])('refuses %s, and leaves nothing', async (_, entry, message) => {
    await expectRefused(await writeTar(directory, [...checkpointEntries(), entry]), message);
  });

  it('refuses what is incomplete', async () => {
    const entries = checkpointEntries();
    await expectRefused(await writeTar(directory, entries.slice(0, -1)), /no OZONE_RATIS_SNAPSHOT_COMPLETE/);
    await expectRefused(await writeTar(directory, [{ name: 'file', content: 'x' }]), /no checkpoint/, false);
    await expectRefused(await writeTar(directory, []), /neither a tar/);
  });

  it('takes no file of zeros for the end of an archive', async () => {
    const zeros = { name: '000099.log', content: '\0'.repeat(4096) };
    const tar = await tarOf([...checkpointEntries(), zeros]);
    const file = join(directory, 'checkpoint.tar');
    writeFileSync(file, tar.subarray(0, tar.length - 1024));
    await expectRefused(file, /cut off/, false);
  });

  it('refuses an archive that was cut off, wherever', async () => {
    const tar = await tarOf(checkpointEntries());
    const file = join(directory, 'checkpoint.tar');
    for (let length = 0; length < tar.length - 1024; length += 8000) {
      writeFileSync(file, tar.subarray(0, length));
      await expectRefused(file, /./);
    }
    for (const length of [tar.length - 1024, tar.length - 700, tar.length - 512]) {
      writeFileSync(file, tar.subarray(0, length));
      await expectRefused(file, /cut off|truncated/, false);
    }
    const zipped = gzipSync(tar);
    for (const length of [2, 100, zipped.length >> 1, zipped.length - 1]) {
      writeFileSync(file, zipped.subarray(0, length));
      await expectRefused(file, /truncated or damaged/);
    }
    zipped.writeUInt8(zipped.readUInt8(5000) ^ 8, 5000);
    writeFileSync(file, zipped);
    await expectRefused(file, /./);
  });

  it('refuses more than the disk can hold before it is written', async () => {
    const tar = await tarOf([{ name: 'CURRENT', content: 'x' }]);
    // A size of 8 EiB less one byte, in the binary form of the size field, and the checksum that belongs to it.
    tar.fill(0, 124, 136);
    tar.set([0x80, 0, 0, 0, 0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], 124);
    tar.fill(0x20, 148, 156);
    const sum = tar.subarray(0, 512).reduce((total, byte) => total + byte, 0);
    tar.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
    const file = join(directory, 'checkpoint.tar');
    writeFileSync(file, tar);
    await expect(extractOmCheckpoint(file, { stagingDirectory })).rejects.toMatchObject({
      code: 'REPROCESS_DISK_SPACE',
    });
    expect(readdirSync(stagingDirectory)).toEqual([]);
  });

  it('ends with the signal and leaves nothing', async () => {
    const file = await writeTar(directory, checkpointEntries());
    const controller = new AbortController();
    const extraction = extractOmCheckpoint(file, { stagingDirectory, signal: controller.signal });
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(extraction).rejects.toMatchObject({
      code: 'REPROCESS_ABORTED',
      cause: { message: 'enough' },
    });
    expect(readdirSync(stagingDirectory)).toEqual([]);
  });

  it('deletes what a crash left, and nothing else', async () => {
    const ours = `om-checkpoint.partial-${process.pid}-${Math.round(performance.timeOrigin)}-00`;
    const left = [
      `om-checkpoint.partial-${process.pid}-1-0a`,
      `om-checkpoint.temporary-${process.pid}-1-0b`,
      'om-checkpoint.partial-4194999-1-0c',
    ];
    const kept = [ours, 'om-checkpoint-0123456789ab', 'something else', 'om-checkpoint.partial-x'];
    for (const name of [...left, ...kept])
      mkdirSync(join(stagingDirectory, name, 'inside'), { recursive: true });
    const copy = await extractOmCheckpoint(await writeTar(directory, checkpointEntries()), {
      stagingDirectory,
    });
    expect(
      readdirSync(stagingDirectory)
        .map((name) => join(stagingDirectory, name))
        .sort(),
    ).toEqual([...kept.map((name) => join(stagingDirectory, name)), copy].sort());
  });

  it('names the package that is missing', () => {
    const url = (path: string): string => JSON.stringify(new URL(path, import.meta.url).href);
    const script = `
      import { registerHooks } from 'node:module';
      registerHooks({ resolve(name, context, next) {
        if (name !== 'tar-stream') return next(name, context);
        throw Object.assign(new Error('Cannot find package'), { code: 'ERR_MODULE_NOT_FOUND' });
      } });
      const { extractOmCheckpoint } = await import(${url('../../../src/ozone/index.ts')});
      await extractOmCheckpoint('x.tar', { stagingDirectory: ${JSON.stringify(stagingDirectory)} }).catch((error) => {
        console.log(error.code, error.message);
      });`;
    const output = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
      encoding: 'utf8',
    });
    expect(output).toMatch(/^REPROCESS_MISSING_PEER .*npm install tar-stream/);
  });

  it('is a TypeError with wrong options', async () => {
    // @ts-expect-error the staging directory is missing
    await expect(extractOmCheckpoint('x', {})).rejects.toThrow(/`stagingDirectory`/);
    const options = { stagingDirectory, complete: true };
    await expect(extractOmCheckpoint('x', options)).rejects.toThrow(TypeError);
  });
});
