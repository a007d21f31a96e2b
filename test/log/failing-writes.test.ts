import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DeltaLog } from '../../src/log/delta-log.ts';
import { LevelLogStorage } from '../../src/log/level-log-storage.ts';
import { structuredCloneCodec as codec } from '../../src/log/structured-clone-codec.ts';
import { delta, eventsBetween, unlimited } from './sample-deltas.ts';
import { gate, WatchedStorage } from './watched-storage.ts';

let folder = '';
let storage: WatchedStorage;
let log: DeltaLog;
const failed = { code: 'REPROCESS_DELTA_LOG_FAILED' };
const full = (): never => {
  throw new Error('no space left on device');
};
const sound = () => undefined;

async function open(): Promise<void> {
  storage = new WatchedStorage(await LevelLogStorage.open(join(folder, 'log')));
  log = await DeltaLog.over(storage, { codec });
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'sr-'));
  await open();
  await log.append(delta(0n, 3n, 'three')).durable;
});
afterEach(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

describe('a write that fails', () => {
  it('leaves nothing of its deltas, and the next one finds a database opened anew', async () => {
    storage.beforeWrite = full;
    const { durable } = log.append(delta(3n, 5n));
    await expect(durable).rejects.toMatchObject(failed);
    await expect(durable).rejects.toThrow('no space left on device');
    expect(log.stretches).toEqual([{ from: 0n, through: 3n }]);
    expect(log.acceptedReach(0n)).toBe(3n);
    expect(log.acceptedThrough).toBe(3n);
    expect(log.pendingBytes).toBe(0);
    expect(storage.reopened).toBe(0);
    expect(await log.read(0n, unlimited)).toMatchObject({ through: 3n, cursor: 'three' });
    storage.beforeWrite = sound;
    await log.append(delta(3n, 6n)).durable;
    expect(storage.reopened).toBe(1);
    await log.append(delta(6n, 7n)).durable;
    expect(storage.reopened).toBe(1);
    expect((await log.read(0n, unlimited))?.events).toEqual(eventsBetween(0n, 7n));
  });

  it('lets fail what goes on from it, and nothing else', async () => {
    const held = gate();
    storage.beforeWrite = async () => {
      await held.passed;
      storage.beforeWrite = sound;
      full();
    };
    const first = log.append(delta(3n, 5n)).durable;
    // The batch is on its way: what comes now waits for the next.
    await new Promise(setImmediate);
    const onFromIt = log.append(delta(5n, 8n)).durable;
    const onFromThat = log.append(delta(8n, 9n)).durable;
    const onFromDurable = log.append(delta(2n, 4n)).durable;
    const behindGap = log.append(delta(20n, 22n)).durable;
    const onFromGap = log.append(delta(22n, 23n)).durable;
    held.open();
    for (const rejected of [first, onFromIt, onFromThat])
      await expect(rejected).rejects.toMatchObject(failed);
    await Promise.all([onFromDurable, behindGap, onFromGap]);
    expect(log.pendingBytes).toBe(0);
    expect(log.stretches).toEqual([
      { from: 0n, through: 4n },
      { from: 20n, through: 23n },
    ]);
  });

  it('and that reached the disk none the less, is found by the opening', async () => {
    storage.afterWrite = () => {
      storage.afterWrite = sound;
      full();
    };
    await expect(log.append(delta(3n, 5n, 'five')).durable).rejects.toMatchObject(failed);
    expect(log.covers(3n, 5n)).toBe(false);
    await log.append(delta(3n, 4n)).durable;
    expect(log.covers(3n, 5n)).toBe(true);
    expect(log.tail).toMatchObject({ sequence: 5n, cursor: 'five' });
    expect(log.records).toBe(3);
    expect((await log.read(0n, unlimited))?.events).toEqual(eventsBetween(0n, 5n));
  });

  it('and whose opening anew fails, refuses everything until one succeeds', async () => {
    storage.beforeWrite = full;
    await expect(log.append(delta(3n, 5n)).durable).rejects.toMatchObject(failed);
    storage.beforeWrite = sound;
    storage.beforeReopen = full;
    const appends = [log.append(delta(3n, 5n)).durable, log.append(delta(5n, 6n)).durable];
    for (const append of appends) await expect(append).rejects.toThrow('no space left');
    await expect(log.read(0n, unlimited)).rejects.toThrow('no space left');
    storage.beforeReopen = sound;
    expect(await log.read(0n, unlimited)).toMatchObject({ through: 3n });
    await log.append(delta(3n, 5n)).durable;
    expect(log.reach(0n)).toBe(5n);
  });

  it('waits with the opening for those who read', async () => {
    const held = gate();
    await log.append(delta(3n, 4n)).durable;
    storage.betweenRows = () => held.passed;
    const read = log.read(0n, unlimited);
    storage.beforeWrite = full;
    await expect(log.append(delta(4n, 5n)).durable).rejects.toMatchObject(failed);
    storage.beforeWrite = sound;
    const { durable } = log.append(delta(4n, 6n));
    await new Promise(setImmediate);
    expect(storage.reopened).toBe(0);
    held.open();
    expect((await read)?.events).toEqual(eventsBetween(0n, 4n));
    await durable;
    expect(storage.reopened).toBe(1);
    expect(log.reach(0n)).toBe(6n);
  });

  it('of a trim, forgets nothing that is not deleted', async () => {
    await log.append(delta(3n, 5n)).durable;
    const { sizeBytes } = log;
    storage.beforeWrite = full;
    await expect(log.trim(3n)).rejects.toMatchObject(failed);
    expect(log.sizeBytes).toBe(sizeBytes);
    storage.beforeWrite = sound;
    await log.trim(3n);
    expect(log.records).toBe(1);
    expect(log.stretches).toEqual([{ from: 3n, through: 5n }]);
  });

  it('of dropAll, refuses what was meant for the other history', async () => {
    storage.beforeWrite = full;
    const dropped = log.dropAll();
    const appended = log.append({ ...delta(3n, 4n), history: 'other' }).durable;
    await expect(dropped).rejects.toMatchObject(failed);
    await expect(appended).rejects.toMatchObject(failed);
    storage.beforeWrite = sound;
    expect(log.stretches).toEqual([{ from: 0n, through: 3n }]);
    await log.dropAll();
    expect(log.stretches).toEqual([]);
  });
});

describe('dropAll', () => {
  it('parts what was appended before from what is appended after', async () => {
    const before = log.append(delta(3n, 5n)).durable;
    const dropped = log.dropAll();
    expect(log.acceptedThrough).toBeUndefined();
    expect(log.acceptedReach(0n)).toBe(0n);
    const after = log.append({ ...delta(1n, 2n, 'new'), history: 'other' }).durable;
    expect(log.acceptedThrough).toBe(2n);
    await Promise.all([before, dropped, after]);
    expect(log.stretches).toEqual([{ from: 1n, through: 2n }]);
    expect(log.tail).toEqual({ sequence: 2n, cursor: 'new', history: 'other' });
    expect(log.records).toBe(1);
  });

  it('has happened, or not, when it is interrupted', async () => {
    await log.append(delta(3n, 5n)).durable;
    let writes = 0;
    storage.beforeWrite = () => {
      if (++writes > 1) full();
    };
    await expect(log.dropAll()).rejects.toMatchObject(failed);
    await log.close();
    await open();
    expect(log.stretches).toEqual([]);
    expect(log.tail).toBeUndefined();
    // What was left of it is removed by the opening.
    expect(storage.batches).toHaveLength(1);
    await log.append(delta(1n, 2n)).durable;
    expect((await log.read(1n, unlimited))?.events).toEqual(eventsBetween(1n, 2n));
  });
});

describe('trim', () => {
  it('does not disturb who reads', async () => {
    for (let at = 3n; at < 3000n; at += 1n) void log.append(delta(at, at + 1n));
    await log.append(delta(3000n, 3001n, 'last')).durable;
    let rows = 0;
    let trimmed: Promise<void> | undefined;
    storage.betweenRows = () => {
      if (++rows === 10) trimmed = log.trim(3001n);
      return rows === 20 ? trimmed : undefined;
    };
    const run = await log.read(0n, unlimited);
    expect(run?.events).toEqual(eventsBetween(0n, 3001n));
    expect(run?.more).toBe(false);
    expect(log.records).toBe(0);
    expect(log.sizeBytes).toBe(0);
    expect(log.stretches).toEqual([]);
    const steps = storage.batches.filter(({ sync }) => !sync).map((batch) => batch.rows.length);
    expect(steps.reduce((sum, length) => sum + length, 0)).toBe(2999);
    expect(Math.max(...steps)).toBeLessThanOrEqual(1000);
    await log.close();
    await open();
    expect(log.tail).toEqual({ sequence: 3001n, cursor: 'last', history: undefined });
    expect(log.acceptedThrough).toBe(3001n);
    expect(log.acceptedReach(3001n)).toBe(3001n);
  });

  it('takes an old delta away that was sent again meanwhile', async () => {
    await log.trim(3n);
    await log.append(delta(0n, 2n)).durable;
    expect(log.stretches).toEqual([{ from: 0n, through: 2n }]);
    await log.trim(2n);
    expect(log.records).toBe(0);
    expect(log.stretches).toEqual([]);
  });
});
