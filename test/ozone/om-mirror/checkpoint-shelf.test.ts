import { execFileSync, spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointShelf } from '../../../src/ozone/om-mirror/checkpoint-shelf.ts';
import { readMirrorOptions, writeMirrorOptions } from '../../../src/ozone/om-mirror/mirror-options.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/ozone');

describe('CheckpointShelf', () => {
  let folder: string;
  let shelf: CheckpointShelf;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sr-'));
    shelf = new CheckpointShelf(join(folder, 'om'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  function given(archive: string, name = 'given'): string {
    const directory = join(folder, name);
    mkdirSync(directory);
    execFileSync('tar', ['-xzf', join(fixtures, archive), '-C', directory], { stdio: 'ignore' });
    return archive.startsWith('ozone-3k') ? join(directory, 'om0') : directory;
  }

  const names = (): string[] => readdirSync(shelf.directory).sort();

  it('takes a directory by hard links, and it survives the given one', async () => {
    const origin = given('ozone-3k/om0.tar.gz');
    writeFileSync(join(origin, 'LOCK'), '');
    const table = readdirSync(origin).find((name) => name.endsWith('.sst')) ?? '';
    const { ino } = statSync(join(origin, table));
    const taken = await shelf.take(origin);
    expect(taken).toMatchObject({ sequence: 3304n, how: 'linked', directory: shelf.path(3304n) });
    expect(statSync(join(taken.directory, table)).ino).toBe(ino);
    expect(readdirSync(taken.directory)).not.toContain('LOCK');
    rmSync(origin, { recursive: true });
    const opened = await shelf.open(3304n);
    expect(opened.tables).toContain('keyTable');
    await opened.close();
    expect(names()).toEqual(['checkpoint-3304']);
  });

  it('unpacks an archive', async () => {
    const taken = await shelf.take(join(fixtures, 'om-live/om0.tar.gz'));
    expect(taken).toMatchObject({ sequence: 5421n, how: 'unpacked' });
    expect(names()).toEqual(['checkpoint-5421']);
  });

  it('keeps what it has when the same data comes again', async () => {
    const origin = given('ozone-3k/om0.tar.gz');
    await shelf.take(origin);
    const { ino } = statSync(shelf.path(3304n));
    expect(await shelf.take(origin)).toMatchObject({ how: 'present' });
    // Also when it is its own copy that is given.
    expect(await shelf.take(shelf.path(3304n))).toMatchObject({ how: 'present' });
    expect(statSync(shelf.path(3304n)).ino).toBe(ino);
    expect(names()).toEqual(['checkpoint-3304']);
  });

  it('replaces a copy that is damaged', async () => {
    const origin = given('ozone-3k/om0.tar.gz');
    await shelf.take(origin);
    rmSync(join(shelf.path(3304n), 'CURRENT'));
    expect(await shelf.take(origin)).toMatchObject({ how: 'linked' });
    await (await shelf.open(3304n)).close();
  });

  it('refuses another database with the same sequence', async () => {
    const origin = given('ozone-3k/om0.tar.gz');
    await shelf.take(origin);
    // Any other database serves, under the name that this sequence has.
    const other = given('om-live/om0.tar.gz', 'other');
    rmSync(shelf.path(3304n), { recursive: true });
    execFileSync('cp', ['-r', other, shelf.path(3304n)]);
    await expect(shelf.take(origin)).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_INVALID',
      message: expect.stringContaining('another database with the same sequence') as unknown,
    });
    expect(names()).toEqual(['checkpoint-3304']);
  });

  it('refuses a directory that changes meanwhile, and leaves nothing', async () => {
    const origin = given('ozone-3k/om0.tar.gz');
    const manifest = readdirSync(origin).find((name) => name.startsWith('MANIFEST')) ?? '';
    const controller = new AbortController();
    // The signal is looked at between two files: the writer strikes there.
    Object.defineProperty(controller.signal, 'aborted', {
      get: () => {
        if (names().some((name) => readdirSync(join(shelf.directory, name, 'checkpoint')).length > 2))
          appendFileSync(join(origin, manifest), 'x');
        return false;
      },
    });
    await expect(shelf.take(origin, { signal: controller.signal })).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_CHANGED',
    });
    expect(names()).toEqual([]);
  });

  it('stops when it is told to, and leaves nothing', async () => {
    const signal = AbortSignal.abort(new Error('enough'));
    for (const origin of [given('ozone-3k/om0.tar.gz'), join(fixtures, 'ozone-3k/om1.tar.gz')]) {
      await expect(shelf.take(origin, { signal })).rejects.toMatchObject({ code: 'REPROCESS_ABORTED' });
    }
    expect(names()).toEqual([]);
  });

  it('sweeps what a kill between copy and rename has left', async () => {
    const origin = given('ozone-3k/om0.tar.gz');
    const child = join(import.meta.dirname, 'killed-taker.ts');
    const { signal, stderr } = spawnSync(process.execPath, [child, shelf.directory, origin], {
      encoding: 'utf8',
    });
    expect(signal, stderr).toBe('SIGKILL');
    expect(names()).toEqual([expect.stringMatching(/^\.partial-/u)]);
    await shelf.sweep();
    expect(names()).toEqual([]);
    expect(await shelf.take(origin)).toMatchObject({ how: 'linked' });
  });

  it('lets go of what is not needed, and of nothing else', async () => {
    await shelf.take(given('ozone-3k/om0.tar.gz'));
    await shelf.take(join(fixtures, 'ozone-3k/om1.tar.gz'));
    await writeMirrorOptions(shelf.directory, { filesystemPaths: true });
    writeFileSync(join(shelf.directory, 'checkpoint-notes.txt'), 'mine');
    await shelf.keepOnly(new Set([3882n]));
    expect(names()).toEqual(['checkpoint-3882', 'checkpoint-notes.txt', 'options.json']);
  });
});

describe('the options of a mirror', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sr-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  it('are read as they were written', async () => {
    expect(await readMirrorOptions(folder)).toBeUndefined();
    for (const filesystemPaths of [true, false]) {
      await writeMirrorOptions(folder, { filesystemPaths });
      expect(await readMirrorOptions(folder)).toEqual({ filesystemPaths });
    }
    expect(readdirSync(folder)).toEqual(['options.json']);
  });

  it.each([
    ['{"format":2}', 'REPROCESS_FORMAT_NEWER'],
    ['{"format":1}', 'REPROCESS_CONTROL_CORRUPT'],
    ['{', 'REPROCESS_CONTROL_CORRUPT'],
    ['7', 'REPROCESS_CONTROL_CORRUPT'],
  ])('%s is %s', async (text, code) => {
    writeFileSync(join(folder, 'options.json'), text);
    await expect(readMirrorOptions(folder)).rejects.toMatchObject({ code });
  });
});
