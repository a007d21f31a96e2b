import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Level } from 'level';
import type { StagedReprocessError } from '../../../src/errors.ts';
import { encodeRow, STATE_KEY } from '../../../src/ozone/om-mirror/overlay-row.ts';
import { bytes, MirrorBench, openSnapshot, some } from './mirror-bench.ts';

const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const;
const put = (key: string) => ({ put: key, value: 'x'.repeat(200), family: 3 }) as const;

/** A closed mirror whose live copy has three batches in its overlay. */
async function closedBench(): Promise<MirrorBench> {
  const bench = await MirrorBench.live();
  for (const key of ['a', 'b', 'c']) await bench.apply(put(key));
  await bench.close();
  return bench;
}

function copyOf(bench: MirrorBench): string {
  return join(bench.home, some(readdirSync(bench.home).find((name) => name.startsWith('copy-'))));
}

function onlyIn(directory: string, pattern: RegExp): string {
  return join(directory, some(readdirSync(directory).find((name) => pattern.test(name))));
}

function flip(path: string, offset: number): void {
  const content = readFileSync(path);
  content.writeUInt8(content.readUInt8(offset) ^ 0x10, offset);
  writeFileSync(path, content);
}

async function changeState(bench: MirrorBench, change: (text: string) => string): Promise<void> {
  const db = new Level<Uint8Array, Uint8Array>(join(copyOf(bench), 'overlay'), BYTES);
  const text = Buffer.from(some(await db.get(STATE_KEY)).subarray(5)).toString();
  const value = Buffer.from(change(text));
  await db.put(STATE_KEY, encodeRow(STATE_KEY, { value, hides: false }));
  await db.close();
}

describe('a damaged mirror', () => {
  it.each([
    ['{', 'REPROCESS_CONTROL_CORRUPT'],
    ['[]', 'REPROCESS_CONTROL_CORRUPT'],
    ['{"format":1,"live":7,"staged":null}', 'REPROCESS_CONTROL_CORRUPT'],
    ['{"format":1,"live":"../../elsewhere","staged":null}', 'REPROCESS_CONTROL_CORRUPT'],
    ['{"format":1,"live":"0123456789abcdef","staged":null}', 'REPROCESS_CONTROL_CORRUPT'],
    ['{"format":2}', 'REPROCESS_FORMAT_NEWER'],
  ])('mirror.json with %s is %s, and nothing is deleted', async (text, code) => {
    await using bench = await closedBench();
    writeFileSync(join(bench.home, 'mirror.json'), text);
    const before = readdirSync(bench.home);
    await expect(bench.open()).rejects.toMatchObject({ code });
    expect(readdirSync(bench.home)).toEqual(before);
  });

  it('tells a flipped byte anywhere in the log of its overlay, which LevelDB would pass over', async () => {
    await using bench = await closedBench();
    const log = onlyIn(join(copyOf(bench), 'overlay'), /^\d+\.log$/);
    const whole = readFileSync(log);
    expect(whole.length).toBeGreaterThan(600);
    for (let offset = 0; offset < whole.length; offset += 13) {
      flip(log, offset);
      await expect(bench.open(), `byte ${offset}`).rejects.toMatchObject({
        code: 'REPROCESS_SOURCE_CORRUPT',
      });
      writeFileSync(log, whole);
    }
    // A crash cuts the end off: then the last batch never was.
    writeFileSync(log, whole.subarray(0, -1));
    await bench.open();
    expect(bench.copy.sequence).toBe(144n);
  });

  it('tells a row whose bytes are not those that were written', async () => {
    await using bench = await closedBench();
    const path = join(copyOf(bench), 'overlay');
    const db = new Level<Uint8Array, Uint8Array>(path, BYTES);
    const [key, value] = some((await db.iterator({ gt: STATE_KEY }).all())[1]);
    await db.put(key, Buffer.concat([value.subarray(0, -1), Buffer.of(0)]));
    await db.close();
    await bench.open();
    const snapshot = await openSnapshot(bench.mirror);
    const corrupt = { code: 'REPROCESS_SOURCE_CORRUPT' };
    await expect(snapshot.scan('keyTable', { rows: () => undefined })).rejects.toMatchObject(corrupt);
    await expect(snapshot.get('keyTable', bytes('b'))).rejects.toMatchObject(corrupt);
    expect(await snapshot.get('keyTable', bytes('a'))).toBeDefined();
    await snapshot.close();
  });

  it.each([
    [
      'of another copy',
      (text: string) => text.replace(/"id":"\w+"/, '"id":"0123456789abcdef"'),
      'CONTROL_CORRUPT',
    ],
    ['without a history', (text: string) => text.replace('"history"', '"story"'), 'CONTROL_CORRUPT'],
    [
      'before its checkpoint',
      (text: string) => text.replace('"sequence":"145"', '"sequence":"7"'),
      'CONTROL_CORRUPT',
    ],
    [
      'with a wrong number',
      (text: string) => text.replace('"sequence":"145"', '"sequence":"x"'),
      'CONTROL_CORRUPT',
    ],
    ['of a newer format', (text: string) => text.replace('"format":1', '"format":2'), 'FORMAT_NEWER'],
  ])('refuses a state %s', async (_, change, code) => {
    await using bench = await closedBench();
    await changeState(bench, change);
    await expect(bench.open()).rejects.toMatchObject({ code: `REPROCESS_${code}` });
  });

  it.each([
    ['the overlay', (copy: string) => join(copy, 'overlay')],
    ['a file of the overlay', (copy: string) => onlyIn(join(copy, 'overlay'), /^MANIFEST/)],
    ['the checkpoint', (copy: string) => onlyIn(copy, /^checkpoint/)],
    ['a file of the checkpoint', (copy: string) => onlyIn(onlyIn(copy, /^checkpoint/), /sst$/)],
  ])('without %s it is not opened; or it is dropped, when that is wanted', async (_, lost) => {
    await using bench = await closedBench();
    const copy = copyOf(bench);
    rmSync(lost(copy), { recursive: true });
    await expect(bench.open()).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_CORRUPT' });
    expect(readdirSync(bench.home)).toContain(copy.slice(bench.home.length + 1));
    const told: StagedReprocessError[] = [];
    await bench.open({ onDamage: (error) => told.push(error) });
    expect(told).toMatchObject([{ code: 'REPROCESS_SOURCE_CORRUPT' }]);
    expect(bench.mirror.live).toBeUndefined();
    expect(readdirSync(bench.home).sort()).toEqual(['mirror.json', 'shelf.json']);
    await bench.open();
    expect(bench.mirror.live).toBeUndefined();
  });

  it('drops everything when its record is damaged and that is wanted', async () => {
    await using bench = await closedBench();
    writeFileSync(join(bench.home, 'mirror.json'), '{');
    const told: StagedReprocessError[] = [];
    await bench.open({ onDamage: (error) => told.push(error) });
    expect(told).toMatchObject([{ code: 'REPROCESS_CONTROL_CORRUPT' }]);
    await bench.open();
    expect(readdirSync(bench.home).sort()).toEqual(['mirror.json', 'shelf.json']);
  });
});
