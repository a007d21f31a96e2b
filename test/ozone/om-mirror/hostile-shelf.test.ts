import { execFileSync } from 'node:child_process';
import {
  cpSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CheckpointShelf } from '../../../src/ozone/om-mirror/checkpoint-shelf.ts';

const archive = join(import.meta.dirname, '../../fixtures/ozone/ozone-3k/om0.tar.gz');

describe('CheckpointShelf, against its surroundings', () => {
  let folder: string;
  let origin: string;
  let shelf: CheckpointShelf;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sr-'));
    execFileSync('tar', ['-xzf', archive, '-C', folder], { stdio: 'ignore' });
    origin = join(folder, 'om0');
    shelf = new CheckpointShelf(join(folder, 'data/om'));
  });
  afterEach(() => {
    rmSync(folder, { recursive: true });
  });

  const tableIn = (directory: string): string =>
    readdirSync(directory).find((name) => name.endsWith('.sst')) ?? '';

  it('claims an empty folder once and for all', async () => {
    await shelf.claim();
    await shelf.take(origin);
    await shelf.claim();
    expect(readdirSync(shelf.directory).sort()).toEqual(['checkpoint-3304', 'shelf.json']);
  });

  it("refuses a folder of somebody else's, and leaves it alone", async () => {
    const precious = join(shelf.directory, 'checkpoint-7/data');
    mkdirSync(join(shelf.directory, 'checkpoint-7'), { recursive: true });
    writeFileSync(precious, 'precious');
    await expect(shelf.claim()).rejects.toMatchObject({ code: 'REPROCESS_FOREIGN_DATA' });
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });

  it('refuses an origin that lies on itself', async () => {
    const taken = await shelf.take(origin);
    await expect(shelf.requireOutside(taken.directory)).rejects.toMatchObject({
      code: 'REPROCESS_SOURCE_INVALID',
    });
    await shelf.requireOutside(origin);
  });

  it('keeps the good copy when a damaged one of the same sequence comes', async () => {
    const { directory } = await shelf.take(origin);
    const damaged = join(folder, 'damaged');
    cpSync(origin, damaged, { recursive: true });
    for (const name of readdirSync(damaged).filter((one) => one.endsWith('.sst'))) {
      const bytes = readFileSync(join(damaged, name));
      bytes[20] = (bytes[20] ?? 0) ^ 0xff;
      writeFileSync(join(damaged, name), bytes);
    }
    const before = readFileSync(join(directory, tableIn(directory)));
    await expect(shelf.take(damaged)).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_CORRUPT' });
    expect(readFileSync(join(directory, tableIn(directory)))).toEqual(before);
  });

  it('passes over a pipe, and copies what a link points to', async () => {
    execFileSync('mkfifo', [join(origin, 'pipe')]);
    const table = tableIn(origin);
    renameSync(join(origin, table), join(folder, 'elsewhere.sst'));
    symlinkSync('../elsewhere.sst', join(origin, table));
    const { directory } = await shelf.take(origin);
    expect(readdirSync(directory)).not.toContain('pipe');
    expect(lstatSync(join(directory, table)).isFile()).toBe(true);
  });
});
