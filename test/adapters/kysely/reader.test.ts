import Database from 'better-sqlite3';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  buildGeneration,
  lease,
  openTotals,
  switchOf,
  temporaryFolder,
  type TotalsReader,
} from './totals-store.ts';

async function openReader(rows = 20): Promise<{ reader: TotalsReader; release: () => void; folder: string }> {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1, rows);
  await store.commit(switchOf(undefined, 1));
  return { ...lease(await store.openGeneration(1)), folder };
}

test.for([
  'DELETE FROM day',
  'INSERT INTO item VALUES (99, 1, 1, NULL) RETURNING id',
  'WITH x AS (SELECT 1) DELETE FROM day',
  'CREATE TEMP TABLE t (a)',
  'DROP VIEW IF EXISTS summary',
  'PRAGMA query_only = OFF',
  '/* SELECT */ PRAGMA user_version',
  "ATTACH ':memory:' AS other",
  'BEGIN',
  'COMMIT',
  'VACUUM',
  'ANALYZE',
  'SELECT 1; DELETE FROM day',
])('a reader does not run: %s', async (text) => {
  const { reader } = await openReader();
  await expect(reader.raw.all(text)).rejects.toThrow();
  await expect(sql.raw(text).execute(reader)).rejects.toThrow();
  await expect(reader.raw.iterate(text).next()).rejects.toThrow();
  expect(await reader.raw.all('SELECT count(*) AS n FROM day')).toEqual([{ n: 20 }]);
});

test('integers have the types of their columns, through Kysely, raw SQL, streams, joins and views', async () => {
  const { reader } = await openReader(3);
  const expected = { orders: 1, cents: 1n };
  expect(await reader.selectFrom('day').select(['orders', 'cents']).executeTakeFirst()).toEqual(expected);
  expect(await reader.raw.prepare('SELECT orders, cents FROM day WHERE cents = ?').get(1n)).toEqual(expected);
  expect(await reader.raw.prepare('SELECT orders FROM day WHERE cents = ?').get(9n)).toBeUndefined();
  expect(
    (await reader.raw.iterate('-- why\nSELECT orders, cents AS cents FROM (SELECT * FROM day)').next()).value,
  ).toEqual(expected);
  const joined = await reader
    .selectFrom('item')
    .innerJoin('day', 'day.day', 'item.day')
    .select(['id', 'weight', 'cents as c', (eb) => eb.fn.countAll().as('n')])
    .groupBy('id')
    .orderBy('id', 'desc')
    .executeTakeFirst();
  expect(joined).toEqual({ id: 2, weight: 1, c: 1n, n: 1 });
  expect(await reader.raw.all('SELECT 9007199254740993 AS big, 1 AS small')).toEqual([
    { big: 9007199254740993n, small: 1 },
  ]);
  const expressions = await reader
    .with('d', (db) => db.selectFrom('day').select('cents'))
    .selectFrom('d')
    .selectAll()
    .execute();
  expect(expressions).toEqual([{ cents: 1n }, { cents: 1n }, { cents: 1n }]);
});

test('a stream does not hold other queries of its lease back', async () => {
  const { reader } = await openReader();
  const stream = reader.selectFrom('day').selectAll().stream(1);
  await stream.next();
  const inner = reader.selectFrom('day').selectAll().stream(1);
  await inner.next();
  expect(await reader.selectFrom('item').selectAll().execute()).toHaveLength(20);
  await stream.return?.();
  expect(await reader.selectFrom('item').selectAll().execute()).toHaveLength(20);
  let rest = 0;
  for await (const row of inner) rest += row.orders;
  expect(rest).toBe(19);
});

test("a released lease gives its guard's error, and lets go of the file", async () => {
  const { reader, release, folder } = await openReader();
  const stream = reader.selectFrom('day').selectAll().stream(1);
  await stream.next();
  release();
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec('UPDATE day SET orders = 2');
  expect(host.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  host.close();
  await expect(stream.next()).rejects.toThrow('the lease has ended');
  await expect(reader.selectFrom('day').selectAll().execute()).rejects.toThrow('the lease has ended');
  await expect(reader.raw.all('SELECT 1')).rejects.toThrow('the lease has ended');
});

test('a frozen lease sees no later change, another one does', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  const open = await store.openGeneration(1);
  const frozen = lease(open, true);
  const plain = lease(open);
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec('UPDATE day SET orders = 2');
  host.close();
  const query = 'SELECT min(orders) AS orders FROM day';
  expect(await frozen.reader.raw.all(query)).toEqual([{ orders: 1 }]);
  expect(await plain.reader.raw.all(query)).toEqual([{ orders: 2 }]);
  const streams = [frozen.reader.raw.iterate(query), frozen.reader.raw.iterate(query)];
  for (const stream of streams) expect((await stream.next()).value).toEqual({ orders: 1 });
  frozen.release();
  const again = lease(open, true);
  expect(await again.reader.raw.all(query)).toEqual([{ orders: 2 }]);
});

test("wrong SQL stays SQLite's own error", async () => {
  const { reader } = await openReader();
  await expect(reader.raw.all('SELECT * FROM nowhere')).rejects.toMatchObject({ code: 'SQLITE_ERROR' });
});

test('after close nothing of the generation is open', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  const open = await store.openGeneration(1);
  const { reader } = lease(open, true);
  await reader.raw.iterate('SELECT * FROM day').next();
  await open.close();
  await open.close();
  await expect(open.get('day', new Uint8Array(0))).rejects.toMatchObject({ code: 'REPROCESS_HANDLE_CLOSED' });
  await store.close();
  await store.close();
  const host = new Database(join(folder, 'data.sqlite'), { timeout: 0 });
  expect(host.pragma('journal_mode = DELETE', { simple: true })).toBe('delete');
  host.close();
});
