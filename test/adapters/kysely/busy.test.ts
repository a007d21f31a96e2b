import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  buildGeneration,
  contextOf,
  lease,
  openStore,
  openTotals,
  switchOf,
  temporaryFolder,
  toldGeneration,
  totalsTables,
  totalsViews,
  type Totals,
} from './totals-store.ts';
import { batchOf } from './batch-of.ts';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';

test('a switch waits, without stopping the host, for a writer that holds the file', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  const host = new Database(join(folder, 'data.sqlite'), { timeout: 0 });
  host.exec('BEGIN IMMEDIATE');
  let done = false;
  const committing = store.commit(switchOf(undefined, 1)).then(() => {
    done = true;
  });
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  host.exec('COMMIT');
  host.close();
  await committing;
  expect(await toldGeneration(lease(await store.openGeneration(1)).reader)).toBe(1);
});

test('past the limit it fails with a code, and the readers go on', async () => {
  const folder = temporaryFolder();
  const adapter = sqliteStore<Totals>({ tables: totalsTables, views: totalsViews, busyTimeoutMs: 0 });
  const store = await openStore(adapter, contextOf(folder));
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  await buildGeneration(store, 2);
  const { reader } = lease(await store.openGeneration(1));
  const host = new Database(join(folder, 'data.sqlite'), { timeout: 0 });
  host.exec('BEGIN IMMEDIATE');
  await expect(store.commit(switchOf(1, 2))).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    details: { step: 'commit' },
  });
  expect(await toldGeneration(reader)).toBe(1);
  host.exec('COMMIT');
  host.exec('UPDATE day SET orders = 5');
  expect(await toldGeneration(reader)).toBe(5);
  await store.commit(switchOf(1, 2));
  expect((await store.inspect()).live).toBe(2);
  host.close();
});

test('a batch waits for a writer that holds the file, or fails past the limit and is not there', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  const impatient = sqliteStore<Totals>({ tables: totalsTables, views: totalsViews, busyTimeoutMs: 0 });
  const other = await openStore(impatient, contextOf(folder));
  const batch = batchOf(impatient, 'x', {
    day: { put: [{ day: 'new', orders: 1, cents: 1n, at: null }] },
  });
  // So that only the batch itself has to wait.
  await other.apply(1, batchOf(impatient, 'before', {}));
  const open = await store.openGeneration(1);
  const host = new Database(join(folder, 'data.sqlite'), { timeout: 0 });
  host.exec('BEGIN IMMEDIATE');
  let done = false;
  const applying = store.apply(1, batch).then(() => {
    done = true;
  });
  await expect(other.apply(1, batch)).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    details: { step: 'apply' },
    cause: { code: 'SQLITE_BUSY' },
  });
  for (let turns = 0; turns < 100; turns++) await new Promise((resolve) => setImmediate(resolve));
  expect(done).toBe(false);
  expect(await open.applied()).toBe('before');
  host.exec('COMMIT');
  host.close();
  await applying;
  expect(await open.applied()).toBe('x');
  expect(await open.count('day')).toBe(21);
});

test('a failed write of rows is told by drain and finish, and the generation is discarded', async () => {
  const store = await openTotals();
  const { tables } = { tables: totalsTables };
  const adapter = sqliteStore<Totals>({ tables });
  const writer = await store.stage(1);
  const { key, value } = adapter.encodeRow('day', [{ day: 'a', orders: 1, cents: 1n, at: null }]);
  for (let twice = 0; twice < 2; twice++) writer.table('day').put(key, key.length, value, value.length);
  await expect(writer.finish()).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    details: { step: 'write' },
  });
  await expect(writer.table('day').drain()).rejects.toMatchObject({ code: 'REPROCESS_STORE_FAILED' });
  await store.discard(1);
  expect((await store.inspect()).generations).toEqual([]);
});

test('a generation is discarded while its writer is open', async () => {
  const store = await openTotals();
  const adapter = sqliteStore<Totals>({ tables: totalsTables });
  const writer = await store.stage(1);
  const bulk = writer.table('day');
  for (let index = 0; index < 40_000; index++) {
    const { key, value } = adapter.encodeRow('day', [{ day: String(index), orders: 1, cents: 1n, at: null }]);
    bulk.put(key, key.length, value, value.length);
  }
  expect(bulk.full).toBe(true);
  const draining = bulk.drain();
  await store.discard(1);
  await draining;
  expect(() => {
    bulk.put(new Uint8Array(1), 1, new Uint8Array(1), 1);
  }).toThrow('closed');
  expect((await store.inspect()).generations).toEqual([]);
});
