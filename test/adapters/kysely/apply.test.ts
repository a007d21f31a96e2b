import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { batchOf, rowsOf } from './batch-of.ts';
import {
  DAYS,
  type TotalsStore,
  buildGeneration,
  dayName,
  lease,
  openTotals,
  switchOf,
  temporaryFolder,
  toldGeneration,
  totalsAdapter,
} from './totals-store.ts';

const adapter = totalsAdapter();
const day = (name: string, orders = 1): object => ({ day: name, orders, cents: 1n, at: null });
const item = (id: number, of: string): object => ({ id, day: of, weight: 1, photo: null });

async function liveStore(folder = temporaryFolder()): Promise<TotalsStore> {
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  return store;
}

test('rows and the applied text are in the live generation at once, for every reader that is not frozen', async () => {
  const store = await liveStore();
  const open = await store.openGeneration(1);
  const { reader } = lease(open);
  const frozen = lease(open, true);
  const fixed = open.freeze();
  expect(await open.applied()).toBeUndefined();
  const stream = reader.raw.iterate<{ day: string }>('SELECT day FROM day ORDER BY day');
  expect((await stream.next()).value).toEqual({ day: dayName(0) });
  await store.apply(
    1,
    batchOf(adapter, 'first', {
      day: { put: [day('new', 7), day(dayName(2), 8)], del: [{ day: dayName(1) }, { day: 'none' }] },
    }),
  );
  expect(await open.applied()).toBe('first');
  const orders = await reader.selectFrom('day').select(['day', 'orders']).where('orders', '>', 1).execute();
  expect(orders).toEqual([
    { day: dayName(2), orders: 8 },
    { day: 'new', orders: 7 },
  ]);
  expect(await open.count('day')).toBe(DAYS);
  expect(await reader.selectFrom('summary').select('days').execute()).toEqual([{ days: DAYS }]);
  expect(await toldGeneration(frozen.reader)).toBe(1);
  await store.apply(1, batchOf(adapter, 'second', { day: { del: [{ day: 'new' }] } }));
  expect(await open.applied()).toBe('second');
  expect(await open.count('day')).toBe(DAYS - 1);
  const kept = await Array.fromAsync(fixed.rows('day'));
  expect(kept.flat().map((row) => adapter.decodeRow('day', row)[0])).toEqual(
    Array.from({ length: DAYS }, (_, index) => day(dayName(index))),
  );
  expect(await Array.fromAsync(stream)).toHaveLength(DAYS - 1);
  await fixed.close();
  await fixed.close();
});

test('a batch that breaks a rule leaves nothing behind, and the next one is applied', async () => {
  const store = await liveStore();
  const open = await store.openGeneration(1);
  await store.apply(1, batchOf(adapter, 'good', {}));
  const before = await rowsOf(adapter, open, 'day');
  const orphan = batchOf(adapter, 'bad', {
    day: { put: [day('new')] },
    item: { put: [item(99, 'nowhere')] },
  });
  await expect(store.apply(1, orphan)).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    message: expect.stringContaining('FOREIGN KEY') as string,
    details: { step: 'apply' },
  });
  const unknown = batchOf(adapter, 'bad', { day: { put: [day('new')] } });
  await expect(
    store.apply(1, { ...unknown, writes: [...unknown.writes, { table: 'week', rows: [] }] }),
  ).rejects.toThrow('Expected `table` to be a table of store');
  expect(await rowsOf(adapter, open, 'day')).toEqual(before);
  expect(await open.applied()).toBe('good');
});

test('a ready generation that is not live takes batches, before its switch and after it', async () => {
  const store = await liveStore();
  await buildGeneration(store, 2);
  await store.apply(2, batchOf(adapter, 'at 2', { day: { put: [day('two', 2)] } }));
  const first = await store.openGeneration(1);
  const second = await store.openGeneration(2);
  expect(await second.applied()).toBe('at 2');
  expect(await first.applied()).toBeUndefined();
  expect(await toldGeneration(lease(second).reader, DAYS + 1)).toBe(2);
  await store.commit(switchOf(1, 2));
  await store.apply(2, batchOf(adapter, 'live', { day: { del: [{ day: 'two' }] } }));
  // Its readers were fixed by the switch.
  const old = lease(first);
  const frozen = lease(first, true);
  const streaming = old.reader.raw.iterate<{ day: string }>('SELECT day FROM day');
  await streaming.next();
  await store.apply(1, batchOf(adapter, 'at 1', { day: { put: [day('one', 1)] } }));
  expect(await first.applied()).toBe('at 1');
  expect(await first.get('day', adapter.encodeKey('day', { day: 'one' }, false))).toBeDefined();
  expect(await toldGeneration(old.reader, DAYS + 1)).toBe(1);
  expect(await toldGeneration(frozen.reader, DAYS)).toBe(1);
  expect(await Array.fromAsync(streaming)).toHaveLength(DAYS - 1);
  expect(await toldGeneration(lease(second).reader)).toBe(2);
  await store.undo(switchOf(1, 2));
  await store.apply(1, batchOf(adapter, 'again', { day: { del: [{ day: 'one' }] } }));
  expect(await toldGeneration(old.reader)).toBe(1);
  expect(await toldGeneration(lease(second).reader)).toBe(2);
  expect(await second.applied()).toBe('live');
});

test('a staged or unknown generation takes none', async () => {
  const store = await liveStore();
  const writer = await store.stage(2);
  await writer.finish();
  await expect(store.apply(2, batchOf(adapter, 'x', {}))).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    details: { step: 'apply' },
  });
  await expect(store.apply(9, batchOf(adapter, 'x', {}))).rejects.toMatchObject({
    code: 'REPROCESS_STORE_CORRUPT',
  });
  const other = await openTotals(temporaryFolder(), undefined, { homeId: 'home-2' });
  await buildGeneration(other, 1);
  await expect(store.apply(2, batchOf(adapter, 'x', {}))).rejects.toMatchObject({
    details: { step: 'apply' },
  });
});

test('the applied text is there after reopening, and goes with its generation', async () => {
  const folder = temporaryFolder();
  const store = await liveStore(folder);
  await buildGeneration(store, 2);
  for (const generation of [1, 2])
    await store.apply(generation, batchOf(adapter, `{"é": ${String(generation)}}`, {}));
  await store.close();
  const again = await openTotals(folder);
  expect(await (await again.openGeneration(1)).applied()).toBe('{"é": 1}');
  await again.discard(2);
  const host = new Database(join(folder, 'data.sqlite'));
  expect(host.prepare('SELECT generation FROM __staged_reprocessor_applied').pluck().all()).toEqual([1]);
  expect((await again.inspect()).foreign).toEqual([]);
  host.close();
});

test.for([
  ['text', "applied = replace(applied, '5', '7')"],
  ['generation', 'generation = 2'],
])('an applied text of a damaged %s is told when it is read', async ([, damage]) => {
  const folder = temporaryFolder();
  const store = await liveStore(folder);
  await buildGeneration(store, 2);
  await store.apply(1, batchOf(adapter, '5', {}));
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec(`UPDATE __staged_reprocessor_applied SET ${String(damage)}`);
  host.close();
  const open = await store.openGeneration(damage === 'generation = 2' ? 2 : 1);
  await expect(open.applied()).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
});

test('a file from before there were batches opens', async () => {
  const folder = temporaryFolder();
  await (await liveStore(folder)).close();
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec('DROP TABLE __staged_reprocessor_applied');
  host.close();
  const store = await openTotals(folder);
  const open = await store.openGeneration(1);
  expect(await open.applied()).toBeUndefined();
  await store.apply(1, batchOf(adapter, 'x', { day: { put: [day('new')] } }));
  expect(await open.applied()).toBe('x');
});

test('another data directory cannot write into a store of the same file', async () => {
  const file = join(temporaryFolder(), 'shared.sqlite');
  const store = await openTotals(undefined, file);
  await buildGeneration(store, 1);
  const other = await openTotals(undefined, file, { homeId: 'home-2' });
  await expect(other.apply(1, batchOf(adapter, 'x', {}))).rejects.toMatchObject({
    code: 'REPROCESS_FOREIGN_DATA',
  });
});

test('batches are applied while another generation is prepared and a third discarded', async () => {
  const store = await liveStore();
  await buildGeneration(store, 2);
  const writer = await store.stage(3);
  for (const [table, row] of [
    ...Array.from({ length: 20_000 }, (_, index): [string, object] => ['day', day(dayName(index), 3)]),
    ...Array.from({ length: 20_000 }, (_, index): [string, object] => ['item', item(index, dayName(index))]),
  ]) {
    const { key, value } = adapter.encodeRow(table, [row]);
    writer.table(table).put(key, key.length, value, value.length);
  }
  await writer.finish();
  const ended = new AbortController();
  let applied = 0;
  const both = Promise.all([store.prepare(3), store.discard(2)]).finally(() => {
    ended.abort();
  });
  while (!ended.signal.aborted) {
    applied++;
    await store.apply(1, batchOf(adapter, String(applied), { day: { put: [day('turn', applied)] } }));
    await new Promise((resolve) => setImmediate(resolve));
  }
  await both;
  expect(applied).toBeGreaterThan(2);
  expect(await (await store.openGeneration(1)).applied()).toBe(String(applied));
  await store.commit(switchOf(1, 3));
  expect((await store.inspect()).live).toBe(3);
});
