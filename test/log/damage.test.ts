import { Level } from 'level';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { isReprocessError } from '../../src/errors.ts';
import { DeltaLog } from '../../src/log/delta-log.ts';
import type { DeltaCodec } from '../../src/log/delta-codec.ts';
import { MemoryLogStorage } from '../../src/log/memory-log-storage.ts';
import { checkedPart } from '../../src/log/record-key.ts';
import { structuredCloneCodec as codec } from '../../src/log/structured-clone-codec.ts';
import { delta, eventsBetween, unlimited } from './sample-deltas.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Row = readonly [key: Uint8Array, value: Uint8Array];

/** The rows of a log of three records. */
async function soundRows(): Promise<readonly Row[]> {
  const storage = new MemoryLogStorage();
  const log = await DeltaLog.over(storage, { codec });
  for (const [after, through] of [
    [0n, 4n],
    [4n, 7n],
    [7n, 9n],
  ] as const)
    await log.append({ ...delta(after, through, { at: through }), history: 'h' }).durable;
  return rowsOf(storage);
}

async function rowsOf(storage: MemoryLogStorage): Promise<readonly Row[]> {
  const rows: Row[] = [];
  for await (const row of storage.rows({ gte: new Uint8Array() })) rows.push(row);
  return rows;
}

async function storageOf(rows: readonly Row[]): Promise<MemoryLogStorage> {
  const storage = new MemoryLogStorage();
  await storage.write(rows.map(([key, value]) => ({ key, value })));
  return storage;
}

/** Opens the log and reads all of it: the code of what was wrong, or `sound`. */
async function outcome(rows: readonly Row[], opened: DeltaCodec = codec): Promise<string> {
  try {
    const log = await DeltaLog.over(await storageOf(rows), { codec: opened });
    let through = 0n;
    for (
      let run = await log.read(0n, unlimited);
      run !== undefined;
      run = await log.read(through, unlimited)
    ) {
      expect(run.events).toEqual(eventsBetween(through, run.through));
      through = run.through;
    }
    return through === 9n && log.tail?.sequence === 9n ? 'sound' : 'something is missing';
  } catch (error) {
    if (!isReprocessError(error)) throw error;
    return error.code;
  }
}

const flipped = (bytes: Uint8Array, at: number, bit: number): Uint8Array =>
  bytes.with(at, (bytes[at] ?? 0) ^ (1 << bit));

describe('a flipped bit', () => {
  it('in any value is found', async () => {
    const rows = await soundRows();
    expect(await outcome(rows)).toBe('sound');
    for (const [index, [key, value]] of rows.entries()) {
      for (let at = 0; at < value.length; at++) {
        const damaged = rows.with(index, [key, flipped(value, at, at % 8)]);
        expect(await outcome(damaged), `row ${index}, byte ${at}`).toBe('REPROCESS_DELTA_LOG_CORRUPT');
      }
      const short = rows.with(index, [key, value.subarray(0, 3)]);
      expect(await outcome(short)).toBe('REPROCESS_DELTA_LOG_CORRUPT');
    }
  });

  it('in any key is found', async () => {
    const rows = await soundRows();
    for (const [index, [key, value]] of rows.entries()) {
      for (let at = 0; at < key.length; at++) {
        const damaged = rows.with(index, [flipped(key, at, at % 8), value]);
        expect(await outcome(damaged), `row ${index}, byte ${at}`).toBe('REPROCESS_DELTA_LOG_CORRUPT');
      }
    }
  });

  it('in one record does not keep others from being read', async () => {
    const rows = await soundRows();
    const [key, value] = rows[2] ?? [new Uint8Array(), new Uint8Array()];
    const log = await DeltaLog.over(await storageOf(rows.with(2, [key, flipped(value, 20, 0)])), { codec });
    expect(await log.read(0n, unlimited)).toMatchObject({
      events: eventsBetween(0n, 4n),
      through: 4n,
      more: true,
    });
    expect(await log.read(0n, { ...unlimited, through: 4n })).toMatchObject({ through: 4n, more: false });
    expect((await log.read(7n, unlimited))?.through).toBe(9n);
    await expect(log.read(4n, unlimited)).rejects.toThrow('(4, 7]');
  });
});

describe('values that were exchanged', () => {
  it('are found', async () => {
    const rows = await soundRows();
    const [, first, second] = rows;
    if (first === undefined || second === undefined) throw new Error('there are no records');
    const exchanged = rows.with(1, [first[0], second[1]]).with(2, [second[0], first[1]]);
    expect(await outcome(exchanged)).toBe('REPROCESS_DELTA_LOG_CORRUPT');
  });
});

describe('lost rows', () => {
  it('are a gap, or a damage', async () => {
    const rows = await soundRows();
    expect(await outcome(rows.filter((_, index) => index !== 0))).toBe('REPROCESS_DELTA_LOG_CORRUPT');
    const log = await DeltaLog.over(await storageOf(rows.filter((_, index) => index !== 2)), { codec });
    expect(log.stretches).toEqual([
      { from: 0n, through: 4n },
      { from: 7n, through: 9n },
    ]);
    expect(await log.read(4n, unlimited)).toBeUndefined();
    expect(await log.read(0n, unlimited)).toMatchObject({ through: 4n, more: false });
  });
});

describe('a newer format', () => {
  it('is told apart from damage', async () => {
    const rows = await soundRows();
    for (const [index, [key, value]] of rows.entries()) {
      const newer = value.slice();
      newer[0] = 2;
      const checked = index === 0 ? key : checkedPart(key);
      const sum = crc32(newer.subarray(5), crc32(newer.subarray(0, 1), crc32(checked)));
      new DataView(newer.buffer).setUint32(1, sum);
      expect(await outcome(rows.with(index, [key, newer]))).toBe('REPROCESS_FORMAT_NEWER');
    }
  });
});

describe('another codec', () => {
  it('is refused by the names of both', async () => {
    const storage = await storageOf(await soundRows());
    const opened = DeltaLog.over(storage, { codec: { ...codec, name: 'other' } });
    await expect(opened).rejects.toMatchObject({ code: 'REPROCESS_DELTA_LOG_CORRUPT' });
    await expect(opened).rejects.toThrow(/'structured-clone'.*'other'/);
  });

  it.each([
    ['throws', (): readonly unknown[] => [JSON.parse('{')]],
    ['gives too little', () => []],
  ])('that %s while it decodes is a damage', async (_, decode) => {
    expect(await outcome(await soundRows(), { ...codec, decode })).toBe('REPROCESS_DELTA_LOG_CORRUPT');
  });
});

describe('a LevelDB', () => {
  const path = (): string => join(folder, 'log');

  it('that is damaged is refused until it is destroyed', async () => {
    let log = await DeltaLog.open({ path: path(), codec });
    await log.append(delta(0n, 4n)).durable;
    await log.close();
    for (const name of readdirSync(path())) {
      if (name.startsWith('MANIFEST')) writeFileSync(join(path(), name), 'no manifest');
    }
    await expect(DeltaLog.open({ path: path(), codec })).rejects.toMatchObject({
      code: 'REPROCESS_DELTA_LOG_CORRUPT',
    });
    await DeltaLog.destroy(path());
    log = await DeltaLog.open({ path: path(), codec });
    expect(log.tail).toBeUndefined();
    await log.close();
  });

  it("that is the host's own is left alone", async () => {
    const foreign = new Level(path());
    await foreign.put('name', 'value');
    await foreign.close();
    await expect(DeltaLog.open({ path: path(), codec })).rejects.toMatchObject({
      code: 'REPROCESS_FOREIGN_DATA',
    });
    await foreign.open();
    expect(await foreign.iterator().all()).toEqual([['name', 'value']]);
    await foreign.close();
  });

  it('that is open already is locked', async () => {
    const log = await DeltaLog.open({ path: path(), codec });
    await expect(DeltaLog.open({ path: path(), codec })).rejects.toMatchObject({ code: 'REPROCESS_LOCKED' });
    await log.close();
  });

  it('that cannot be made is no damage', async () => {
    writeFileSync(path(), 'a file');
    await expect(DeltaLog.open({ path: path(), codec })).rejects.toMatchObject({
      code: 'REPROCESS_DELTA_LOG_FAILED',
    });
  });
});
