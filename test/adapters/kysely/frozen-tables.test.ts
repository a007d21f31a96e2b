import { expect, test } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import { batchOf } from './batch-of.ts';
import {
  DAYS,
  buildGeneration,
  contextOf,
  dayName,
  openStore,
  openTotals,
  switchOf,
  temporaryFolder,
  totalsAdapter,
} from './totals-store.ts';

const adapter = totalsAdapter();
const item = (id: number, of: string): object => ({ id, day: of, weight: 1, photo: null });

test('frozen rows end with their generation, and say so', async () => {
  const store = await openTotals();
  await buildGeneration(store, 1, 600);
  const open = await store.openGeneration(1);
  const fixed = open.freeze();
  const reading = fixed.rows('day')[Symbol.asyncIterator]();
  expect((await reading.next()).value).toHaveLength(256);
  await open.close();
  await expect(reading.next()).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
  await expect(Array.fromAsync(fixed.rows('day'))).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
  await fixed.close();
  expect(() => open.freeze()).toThrow('closed');
});

test('frozen rows are those of their moment across batches and switches', async () => {
  const store = await openTotals();
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  const open = await store.openGeneration(1);
  const fixed = open.freeze();
  await buildGeneration(store, 2);
  await store.commit(switchOf(1, 2));
  const after = open.freeze();
  await store.apply(1, batchOf(adapter, 'x', { item: { put: [item(500, dayName(0))] } }));
  await store.apply(2, batchOf(adapter, 'x', { item: { del: [{ id: 3 }] } }));
  const latest = open.freeze();
  for (const [frozen, rows] of [
    [fixed, DAYS],
    [after, DAYS],
    [latest, DAYS + 1],
  ] as const) {
    expect((await Array.fromAsync(frozen.rows('item'))).flat()).toHaveLength(rows);
    await frozen.close();
  }
  expect(await open.count('item')).toBe(DAYS + 1);
});

test('many keys are looked up in their order', async () => {
  const plain = sqliteStore<{ t: { k: number } }>({
    tables: { t: { columns: { k: 'integer' }, primaryKey: ['k'] } },
  });
  const store = await openStore(plain, contextOf(temporaryFolder()));
  await (await store.stage(1)).finish();
  await store.prepare(1);
  const rows = Array.from({ length: 1500 }, (_, k) => ({ k }));
  await store.apply(1, batchOf(plain, 'x', { t: { put: rows } }));
  const open = await store.openGeneration(1);
  const wanted = rows.map(({ k }) => (k % 3 === 0 ? -k : k)).reverse();
  const values = await open.getMany(
    't',
    wanted.map((k) => plain.encodeKey('t', { k }, false)),
  );
  expect(values).toEqual(wanted.map((k) => (k < 0 ? undefined : plain.encodeRow('t', [{ k }]).value)));
});
