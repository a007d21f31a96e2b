import { describe, expect, it } from 'vitest';
import { DeltaLog } from '../../src/log/delta-log.ts';
import { MemoryLogStorage } from '../../src/log/memory-log-storage.ts';
import { structuredCloneCodec as codec } from '../../src/log/structured-clone-codec.ts';
import { delta, event, eventsBetween, unlimited } from './sample-deltas.ts';
import { gate, WatchedStorage } from './watched-storage.ts';

async function open() {
  const storage = new WatchedStorage(new MemoryLogStorage());
  return { storage, log: await DeltaLog.over(storage, { codec }) };
}

describe('read', () => {
  it('joins records, and tells the cursor of the one that ends it', async () => {
    const { log } = await open();
    for (const [after, through] of [
      [0n, 5n],
      [5n, 9n],
      [9n, 12n],
    ] as const)
      await log.append({ ...delta(after, through), cursor: { offset: through } }).durable;
    expect(await log.read(0n, unlimited)).toEqual({
      after: 0n,
      through: 12n,
      events: eventsBetween(0n, 12n),
      cursor: { offset: 12n },
      history: undefined,
      more: false,
    });
    expect(await log.read(3n, { ...unlimited, through: 9n })).toMatchObject({
      after: 3n,
      through: 9n,
      cursor: { offset: 9n },
      more: false,
    });
    expect(await log.read(3n, { ...unlimited, through: 7n })).toMatchObject({
      through: 7n,
      cursor: undefined,
    });
    await log.close();
  });

  it('keeps to its bytes, but for one sequence that is larger', async () => {
    const { log } = await open();
    const events = [event(1n, 100), event(2n, 5000), event(2n, 5000), event(3n, 100), event(4n, 100)];
    await log.append({ after: 0n, through: 4n, events }).durable;
    const through: bigint[] = [];
    for (let from = 0n; from < 4n; from = through.at(-1) ?? 4n) {
      const run = await log.read(from, { maxEvents: 10, maxBytes: 400 });
      through.push(run?.through ?? -1n);
      expect(run?.more).toBe(run?.through !== 4n);
    }
    expect(through).toEqual([1n, 2n, 4n]);
    await log.close();
  });

  it('counts the data of the host, too', async () => {
    const { log } = await open();
    const events = [1n, 2n, 3n, 4n].map((sequence) => event(sequence, 1, 'x'.repeat(1000)));
    await log.append({ after: 0n, through: 4n, events }).durable;
    expect(await log.read(0n, { maxEvents: 10, maxBytes: 2500 })).toMatchObject({ through: 2n });
    await log.close();
  });

  it('is not disturbed by a delta that comes before what it reads', async () => {
    const { log, storage } = await open();
    for (const [after, through] of [
      [0n, 5n],
      [10n, 15n],
      [15n, 20n],
    ] as const)
      await log.append(delta(after, through)).durable;
    storage.betweenRows = () => log.append(delta(3n, 7n)).durable;
    expect(await log.read(10n, unlimited)).toMatchObject({ events: eventsBetween(10n, 20n), through: 20n });
    await log.close();
  });

  it('ends a run of deltas without events, too', async () => {
    const { log } = await open();
    for (let i = 0n; i < 100n; i++) void log.append({ after: i, through: i + 1n, events: [] });
    const run = await log.read(0n, { maxEvents: 1, maxBytes: 500 });
    expect(run).toBeUndefined();
    await log.append({ after: 100n, through: 101n, events: [] }).durable;
    const cut = await log.read(0n, { maxEvents: 1, maxBytes: 500 });
    expect(cut?.events).toEqual([]);
    expect(cut?.through).toBeGreaterThan(1n);
    expect(cut?.through).toBeLessThan(50n);
    expect(cut?.more).toBe(true);
    await log.close();
  });

  it('ends where the history changes', async () => {
    const { log } = await open();
    await log.append({ ...delta(0n, 3n), history: 'a' }).durable;
    await log.append({ ...delta(3n, 6n), history: 'b' }).durable;
    expect(await log.read(0n, unlimited)).toMatchObject({ through: 3n, history: 'a', more: true });
    expect(await log.read(3n, unlimited)).toMatchObject({ through: 6n, history: 'b', more: false });
    await log.close();
  });

  it('gives only what is durable while more is appended', async () => {
    const { log, storage } = await open();
    await log.append(delta(0n, 3n)).durable;
    const held = gate();
    storage.beforeWrite = () => held.passed;
    const { durable } = log.append(delta(3n, 6n));
    expect(await log.read(0n, unlimited)).toMatchObject({ through: 3n, more: false });
    expect(await log.read(3n, unlimited)).toBeUndefined();
    held.open();
    await durable;
    expect(await log.read(3n, unlimited)).toMatchObject({ through: 6n });
    await log.close();
  });
});
