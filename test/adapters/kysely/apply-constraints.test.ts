import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import { batchOf, rowsOf } from './batch-of.ts';
import { log, openRanks, ranks, row, type Ranks } from './ranks-store.ts';
import {
  buildGeneration,
  contextOf,
  dayName,
  openStore,
  openTotals,
  switchOf,
  temporaryFolder,
  totalsAdapter,
} from './totals-store.ts';

test('rows may come in any order of their foreign keys, and the end of the batch is what counts', async () => {
  const adapter = totalsAdapter();
  const store = await openTotals();
  await buildGeneration(store, 1);
  await buildGeneration(store, 2);
  await store.commit(switchOf(undefined, 1));
  const day = { day: 'new', orders: 1, cents: 1n, at: null };
  const item = { id: 99, day: 'new', weight: 1, photo: null };
  for (const generation of [1, 2]) {
    const open = await store.openGeneration(generation);
    await store.apply(generation, batchOf(adapter, 'x', { item: { put: [item] }, day: { put: [day] } }));
    expect(await open.count('item')).toBe(21);
    // The table referred to first: its row goes, and the last that refers to it in the same batch.
    await store.apply(
      generation,
      batchOf(adapter, 'x', { day: { del: [{ day: 'new' }] }, item: { del: [{ id: 99 }] } }),
    );
    const moved = { id: 0, day: dayName(1), weight: 0, photo: null };
    await store.apply(
      generation,
      batchOf(adapter, 'x', { day: { del: [{ day: dayName(0) }] }, item: { put: [moved] } }),
    );
    const key = adapter.encodeKey('item', { id: 0 }, false);
    expect(await open.get('item', key)).toEqual(adapter.encodeRow('item', [moved]).value);
    await expect(
      store.apply(generation, batchOf(adapter, 'x', { item: { put: [item] } })),
    ).rejects.toMatchObject({
      code: 'REPROCESS_STORE_FAILED',
      cause: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' },
    });
    expect(await open.count('item')).toBe(20);
  }
  // Switches still move tables that refer to each other.
  await store.commit(switchOf(1, 2));
  expect((await store.inspect()).live).toBe(2);
});

test('foreign keys of adopted tables wait for the commit, too, and cascade; what a batch puts stays', async () => {
  interface Family {
    parent: { id: number; name: string };
    child: { id: number; of: number };
  }
  const file = join(temporaryFolder(), 'host.sqlite');
  const host = new Database(file);
  host.exec(`CREATE TABLE parent (id INTEGER PRIMARY KEY, name TEXT UNIQUE);
    CREATE TABLE child (id INTEGER PRIMARY KEY, of INT REFERENCES parent ON DELETE CASCADE ON UPDATE CASCADE);
    INSERT INTO parent VALUES (1, 'a'), (2, 'b'), (3, 'c'); INSERT INTO child VALUES (1, 1), (2, 2), (3, 3), (30, 3)`);
  const adapter = sqliteStore<Family>({
    tables: {
      parent: { columns: { id: 'integer', name: 'text' }, primaryKey: ['id'] },
      child: {
        columns: { id: 'integer', of: 'integer' },
        primaryKey: ['id'],
        foreignKeys: [{ columns: ['of'], references: { table: 'parent', columns: ['id'] } }],
      },
    },
    file,
  });
  const adopted = { generation: 1, location: file };
  const store = await openStore(adapter, contextOf(undefined, { adopted }));
  await store.adopt?.(adopted, 1);
  const open = await store.openGeneration(1);
  await store.apply(
    1,
    batchOf(adapter, 'x', {
      child: {
        put: [
          { id: 4, of: 4 },
          { id: 30, of: 1 },
        ],
      },
      parent: {
        put: [
          { id: 1, name: 'b' },
          { id: 2, name: 'a' },
          { id: 4, name: 'd' },
        ],
        del: [{ id: 3 }],
      },
    }),
  );
  // The trade of names deletes no row: nothing cascades.
  expect(await rowsOf(adapter, open, 'child')).toEqual([
    { id: 1, of: 1 },
    { id: 2, of: 2 },
    { id: 4, of: 4 },
    { id: 30, of: 1 },
  ]);
  expect(await rowsOf(adapter, open, 'parent')).toEqual([
    { id: 1, name: 'b' },
    { id: 2, name: 'a' },
    { id: 4, name: 'd' },
  ]);
  await expect(
    store.apply(1, batchOf(adapter, 'x', { child: { put: [{ id: 5, of: 5 }] } })),
  ).rejects.toMatchObject({ cause: { code: 'SQLITE_CONSTRAINT_FOREIGNKEY' } });
  expect(host.prepare('SELECT count(*) FROM child').pluck().get()).toBe(4);
  host.close();
});

test('a put of a new row fires the insert triggers, of a known one the update triggers', async () => {
  for (const events of [['before', 'after'], ['after']] as const) {
    const adapter = ranks(
      events.flatMap((on) =>
        (['insert', 'update', 'delete'] as const).map((event) => log(`${on} ${event}`, on, event)),
      ),
    );
    const { open, apply } = await openRanks(adapter);
    await apply({ put: [row(1, 1), row(2, 2)] });
    await apply({ put: [row(3, 3), row(1, 5)], del: [{ id: 2 }, { id: 7 }] });
    const wanted = ['insert 1', 'insert 2', 'delete 2', 'update 1', 'insert 3'];
    expect((await rowsOf(adapter, open, 'log')).map((one) => (one as Ranks['log']).what)).toEqual(
      wanted.flatMap((what) => events.map((on) => `${on} ${what}`)),
    );
    expect(await rowsOf(adapter, open, 'player')).toEqual([row(1, 5), row(3, 3)]);
  }
});

test('a trigger that refuses a row refuses the batch', async () => {
  const { open, apply } = await openRanks(
    ranks([
      { name: 'no', on: 'before insert', when: 'new.rank > 9', body: "SELECT RAISE(ROLLBACK, 'too high');" },
    ]),
  );
  await expect(apply({ put: [row(1, 1), row(2, 10)] })).rejects.toThrow('too high');
  expect(await open.count('player')).toBe(0);
  await apply({ put: [row(1, 1)] });
  expect(await open.count('player')).toBe(1);
  // One that ends the transaction by an error that rows may trade away.
  const body = 'UPDATE OR ROLLBACK player SET rank = 0 WHERE id = new.id;';
  const other = await openRanks(ranks([{ name: 'no', on: 'after insert', when: 'new.rank > 9', body }]));
  await other.apply({ put: [row(9, 0)] });
  await expect(other.apply({ put: [row(1, 1), row(2, 10), row(3, 2)] })).rejects.toThrow('UNIQUE');
  expect(await rowsOf(ranks(), other.open, 'player')).toEqual([row(9, 0)]);
});

test('a delete fires its triggers before the rows of the batch are written', async () => {
  const adapter = totalsAdapter();
  const store = await openTotals();
  await buildGeneration(store, 1);
  const open = await store.openGeneration(1);
  const item = { id: 0, day: dayName(5), weight: 9, photo: null };
  await store.apply(1, batchOf(adapter, 'x', { item: { put: [item] }, day: { del: [{ day: dayName(0) }] } }));
  // The trigger took the item of the day, the batch put it anew.
  expect(await open.count('item')).toBe(20);
  await store.apply(1, batchOf(adapter, 'x', { day: { del: [{ day: dayName(3) }] } }));
  expect(await open.count('item')).toBe(19);
});
