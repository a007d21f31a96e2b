import { describe, expect, it } from 'vitest';
import { DeltaLog } from '../../src/log/delta-log.ts';
import { MemoryLogStorage } from '../../src/log/memory-log-storage.ts';
import { structuredCloneCodec as codec } from '../../src/log/structured-clone-codec.ts';
import { delta, event, unlimited } from './sample-deltas.ts';
import { gate, WatchedStorage } from './watched-storage.ts';

async function open(failPoint?: (name: string) => Promise<void>) {
  const storage = new WatchedStorage(new MemoryLogStorage());
  const log = await DeltaLog.over(storage, { codec, ...(failPoint === undefined ? {} : { failPoint }) });
  return { storage, log };
}

describe('append', () => {
  it('writes what waits in one synced batch, and resolves in the order of the calls', async () => {
    const { storage, log } = await open();
    const held = gate();
    storage.beforeWrite = () => held.passed;
    const resolved: number[] = [];
    const appends = Array.from({ length: 100 }, (_, i) => {
      const { durable, bytes } = log.append(delta(BigInt(i), BigInt(i + 1)));
      expect(bytes).toBeGreaterThan(0);
      return durable.then(() => resolved.push(i));
    });
    await Promise.resolve();
    const first = log.pendingBytes;
    const later = log.append(delta(100n, 101n));
    expect(log.pendingBytes).toBe(first + later.bytes);
    expect(log.reach(0n)).toBe(0n);
    expect(log.acceptedReach(0n)).toBe(101n);
    expect(log.tail).toBeUndefined();
    held.open();
    await Promise.all([...appends, later.durable]);
    expect(resolved).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(storage.batches.length).toBeLessThanOrEqual(2);
    expect(storage.batches.every(({ sync }) => sync)).toBe(true);
    expect(log.pendingBytes).toBe(0);
    expect(log.sizeBytes).toBe(first + later.bytes);
    expect(log.covers(0n, 101n)).toBe(true);
    expect(log.covers(0n, 102n)).toBe(false);
    await log.close();
  });

  it('keeps what it was given, whatever the host does with it later', async () => {
    const { log } = await open();
    const key = Uint8Array.of(1);
    const data = { list: [1] };
    const { durable } = log.append({
      after: 0n,
      through: 1n,
      events: [{ sequence: 1n, table: 't', key, data }],
    });
    key[0] = 9;
    data.list.push(2);
    await durable;
    const run = await log.read(0n, unlimited);
    expect(run?.events).toEqual([{ sequence: 1n, table: 't', key: Uint8Array.of(1), data: { list: [1] } }]);
    // Nor does what it does with what it has read.
    run?.events[0]?.key.fill(7);
    expect((await log.read(0n, unlimited))?.events[0]?.key).toEqual(Uint8Array.of(1));
    await log.close();
  });

  it('cuts a large delta into records that are written together', async () => {
    const { storage, log } = await open();
    const events = Array.from({ length: 5000 }, (_, i) => event(BigInt(i >> 1) + 1n, 1000, { i }));
    await log.append({ after: 0n, through: 9000n, events, cursor: 'end', history: 'h' }).durable;
    expect(storage.batches).toHaveLength(1);
    expect(log.records).toBe(5);
    let from = 0n;
    const read: unknown[] = [];
    for (;;) {
      const run = await log.read(from, { maxEvents: 300, maxBytes: Infinity });
      if (run === undefined) break;
      expect(run.history).toBe('h');
      expect(run.cursor).toBe(run.through === 9000n ? 'end' : undefined);
      expect(run.events.length).toBeLessThanOrEqual(300);
      read.push(...run.events);
      from = run.through;
    }
    expect(from).toBe(9000n);
    expect(read).toEqual(events);
    expect(log.tail).toEqual({ sequence: 9000n, cursor: 'end', history: 'h' });
    await log.close();
  });

  it('keeps sequences and steps up to 2^63 - 1', async () => {
    const { log } = await open();
    const top = (1n << 63n) - 1n;
    const events = [event(1n), event(2n ** 40n), event(2n ** 40n), event(top)];
    await log.append({ after: 0n, through: top, events }).durable;
    expect((await log.read(0n, unlimited))?.events).toEqual(events);
    expect(await log.read(top, unlimited)).toBeUndefined();
    await log.trim(top);
    expect(log.records).toBe(0);
    await log.close();
  });

  it.each([
    ['delta.after', { after: -1n, through: 1n, events: [] }],
    ['delta.through', { after: 0n, through: 1n << 63n, events: [] }],
    ['delta.through', { after: 5n, through: 5n, events: [] }],
    ['events[0].sequence', { after: 5n, through: 6n, events: [event(5n)] }],
    ['events[1].sequence', { after: 5n, through: 8n, events: [event(7n), event(6n)] }],
    ['events[0].sequence', { after: 5n, through: 6n, events: [event(7n)] }],
    ['events[1].data.when', { after: 5n, through: 6n, events: [event(6n), event(6n, 1, { when: /x/ })] }],
    ['cursor[1]', { after: 5n, through: 6n, events: [], cursor: [1, () => 1] }],
  ])('refuses, as %s, what it has no room for', async (name, wrong) => {
    const { log } = await open();
    expect(() => log.append(wrong)).toThrow(TypeError);
    expect(() => log.append(wrong)).toThrow(`\`${name}\``);
    expect(log.pendingBytes).toBe(0);
    await log.append(delta(0n, 3n)).durable;
    expect(log.stretches).toEqual([{ from: 0n, through: 3n }]);
    await log.close();
  });

  it('passes its fail-points around each batch and after a trim', async () => {
    const names: string[] = [];
    const { log, storage } = await open(async (name) => {
      names.push(`${name} ${storage.batches.length}`);
    });
    await log.append(delta(0n, 3n)).durable;
    await log.append(delta(3n, 4n)).durable;
    await log.trim(3n);
    expect(names).toEqual([
      'log:append 0',
      'log:appended 1',
      'log:append 1',
      'log:appended 2',
      'log:trimmed 3',
    ]);
    await log.close();
  });
});

describe('close', () => {
  it('waits for what was accepted and for what is read', async () => {
    const { log, storage } = await open();
    await log.append(delta(0n, 4n)).durable;
    await log.append(delta(4n, 5n)).durable;
    const done: string[] = [];
    const written = gate();
    const seen = gate();
    storage.beforeWrite = () => written.passed;
    storage.betweenRows = () => seen.passed;
    const first = log.append(delta(5n, 6n)).durable;
    const read = log.read(0n, unlimited).then(() => done.push('read'));
    await new Promise(setImmediate);
    const second = log.append(delta(6n, 7n)).durable;
    const closed = log.close().then(() => done.push('close'));
    written.open();
    await Promise.all([first, second]);
    await new Promise(setImmediate);
    expect(done).toEqual([]);
    seen.open();
    await Promise.all([read, closed, log.close()]);
    expect(done).toEqual(['read', 'close']);
    expect(log.reach(0n)).toBe(7n);
    expect(() => log.append(delta(7n, 8n))).toThrow(expect.objectContaining({ code: 'REPROCESS_CLOSED' }));
    for (const refused of [log.read(0n, unlimited), log.trim(1n), log.dropAll()])
      await expect(refused).rejects.toMatchObject({ code: 'REPROCESS_CLOSED' });
  });
});
