import { expect, test } from 'vitest';
import { sqliteStore, type SqliteStoreOptions } from '../../../src/adapters/kysely/index.ts';
import {
  buildGeneration,
  contextOf,
  openStore,
  openTotals,
  switchOf,
  temporaryFolder,
} from './totals-store.ts';
import Database from 'better-sqlite3';
import { join } from 'node:path';

interface Any {
  t: { k: string; n: number };
}

const good = { columns: { k: 'text', n: 'integer' }, primaryKey: ['k'] };

/** What a JavaScript host may hand over. */
function store(options: unknown): unknown {
  return sqliteStore<Any>(options as SqliteStoreOptions<Any>);
}

test.for<[string, unknown]>([
  ['options', 5],
  ['options', { tables: { t: good }, tabels: {} }],
  ['tables', {}],
  ['tables', {}],
  ['file', { tables: { t: good }, file: '' }],
  ['busyTimeoutMs', { tables: { t: good }, busyTimeoutMs: -1 }],
  ['tables', { tables: {} }],
  ['tables', { tables: { '': good } }],
  ['tables', { tables: { 'a\0b': good } }],
  ['tables', { tables: { sqlite_t: good } }],
  ['tables', { tables: { __SR_t: good } }],
  ['tables', { tables: { __staged_reprocessor: good } }],
  ['tables', { tables: { t: good, T: good } }],
  ['views', { tables: { t: good }, views: { T: 'SELECT 1' } }],
  ['views.v', { tables: { t: good }, views: { v: ' ' } }],
  ['tables.t', { tables: { t: { ...good, engine: 'x' } } }],
  ['tables.t.columns.k', { tables: { t: { ...good, columns: { k: 'varchar' } } } }],
  ['tables.t.columns.k.type', { tables: { t: { ...good, columns: { k: {} } } } }],
  [
    'tables.t.columns.k.nullable',
    { tables: { t: { ...good, columns: { k: { type: 'text', nullable: 1 } } } } },
  ],
  ['tables.t.columns.k', { tables: { t: { ...good, columns: { k: { type: 'text', unique: true } } } } }],
  ['tables.t.columns', { tables: { t: { columns: { k: 'text', K: 'text' }, primaryKey: ['k'] } } }],
  ['tables.t.primaryKey', { tables: { t: { ...good, primaryKey: [] } } }],
  ['tables.t.primaryKey', { tables: { t: { ...good, primaryKey: ['x'] } } }],
  ['tables.t.primaryKey', { tables: { t: { ...good, primaryKey: ['k', 'k'] } } }],
  [
    'tables.t.primaryKey',
    { tables: { t: { columns: { k: { type: 'text', nullable: true } }, primaryKey: ['k'] } } },
  ],
  ['tables.t.indexes.columns', { tables: { t: { ...good, indexes: [{ name: 'i', columns: ['x'] }] } } }],
  [
    'tables.t.indexes',
    {
      tables: {
        t: {
          ...good,
          indexes: [
            { name: 'i', columns: ['k'] },
            { name: 'I', columns: ['n'] },
          ],
        },
      },
    },
  ],
  [
    'tables.t.foreignKeys.references.table',
    {
      tables: {
        t: { ...good, foreignKeys: [{ columns: ['k'], references: { table: 'o', columns: ['k'] } }] },
      },
    },
  ],
  [
    'tables.t.foreignKeys.references.columns',
    {
      tables: {
        t: { ...good, foreignKeys: [{ columns: ['k'], references: { table: 't', columns: ['n'] } }] },
      },
    },
  ],
  [
    'tables.t.triggers.on',
    { tables: { t: { ...good, triggers: [{ name: 'g', on: 'insert', body: 'SELECT 1;' }] } } },
  ],
  ['tables.t.merge', { tables: { t: { ...good, merge: { k: 'sum' } } } }],
  ['tables.t.merge.n', { tables: { t: { ...good, merge: { n: 'add' } } } }],
  [
    'tables.t.merge.n',
    { tables: { t: { columns: { k: 'text', n: 'real' }, primaryKey: ['k'], merge: { n: 'sum' } } } },
  ],
])('a wrong option is a TypeError that names it: %s (%o)', ([name, options]) => {
  expect(() => store(options)).toThrow(TypeError);
  expect(() => store(options)).toThrow(`Expected \`${name}\` to be`);
});

test.for([
  { views: { v: 'SELECT nothing FROM t' } },
  { views: { v: 'SELECT 1; DROP TABLE t' } },
  { views: { v: 'SELECT * FROM main.t' } },
  { tables: { t: { ...good, triggers: [{ name: 'g', on: 'after insert', body: 'DELETE FROM nowhere;' }] } } },
  {
    tables: {
      t: {
        ...good,
        triggers: [{ name: 'g', on: 'after insert', body: 'SELECT 1; END; DROP TABLE t; SELECT 1;' }],
      },
    },
  },
  {
    tables: {
      t: { ...good, triggers: [{ name: 'g', on: 'after insert', when: 'old.k = 1', body: 'SELECT 1;' }] },
    },
  },
])('wrong SQL is a TypeError when the store is opened: %o', async (options) => {
  const adapter = sqliteStore<Any>({ tables: { t: good }, ...options } as SqliteStoreOptions<Any>);
  await expect(adapter.open(contextOf(temporaryFolder()))).rejects.toBeInstanceOf(TypeError);
});

test('without a data directory and a file there is no place for the tables', async () => {
  const adapter = sqliteStore<Any>({ tables: { t: good } } as SqliteStoreOptions<Any>);
  await expect(adapter.open(contextOf(undefined))).rejects.toThrow('`file`');
});

test('names with quotes, dots, reserved words and other scripts work', async () => {
  interface Odd {
    'or"der.by': { 'sel"ect': string; 'a b': number };
    таблица: { group: number; __proto__: string };
    'view "x"': { n: number };
  }
  const adapter = sqliteStore<Odd>({
    tables: {
      'or"der.by': {
        columns: { 'sel"ect': 'text', 'a b': 'integer' },
        primaryKey: ['sel"ect'],
        indexes: [{ name: 'in"dex', columns: ['a b'], unique: true }],
        triggers: [{ name: "it's", on: 'after insert', body: 'UPDATE "таблица" SET "group" = new."a b";' }],
      },
      таблица: { columns: { group: 'integer', ['__proto__']: 'text' }, primaryKey: ['group'] },
    } as never,
    views: { 'view "x"': 'SELECT "a b" AS n FROM "or""der.by"' },
  });
  const folder = temporaryFolder();
  const odd = await openStore(adapter, contextOf(folder, { storeName: 'st%o.re "x"' }));
  for (const generation of [1, 2]) {
    const writer = await odd.stage(generation);
    const { key, value } = adapter.encodeRow('or"der.by', [{ 'sel"ect': 'x', 'a b': generation }]);
    writer.table('or"der.by').put(key, key.length, value, value.length);
    await writer.finish();
    await odd.prepare(generation);
    await odd.commit(switchOf(generation === 1 ? undefined : 1, generation));
  }
  for (const generation of [1, 2]) {
    const open = await odd.openGeneration(generation);
    const view = open.view(() => undefined, { frozen: false });
    expect(await view.reader.selectFrom('view "x"').selectAll().execute()).toEqual([{ n: generation }]);
    view.release();
    await open.close();
  }
  await odd.discard(1);
  expect(await odd.inspect()).toMatchObject({ live: 2, foreign: [], generations: [{ generation: 2 }] });
});

test('triggers follow their generation, and do not fire for the rows of tasks', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  for (const generation of [1, 2]) {
    await buildGeneration(store, generation);
    await store.commit(switchOf(generation === 1 ? undefined : 1, generation));
  }
  const host = new Database(join(folder, 'data.sqlite'));
  const count = (table: string): unknown => host.prepare(`SELECT count(*) FROM "${table}"`).pluck().get();
  host.pragma('foreign_keys = OFF');
  host.exec("DELETE FROM day WHERE day = 'day-000001'");
  expect([count('item'), count('__sr_1_totals.item')]).toEqual([19, 20]);
  host.exec('DELETE FROM "__sr_1_totals.day" WHERE day > \'day-000001\'');
  expect([count('item'), count('__sr_1_totals.item')]).toEqual([19, 2]);
  host.pragma('foreign_keys = ON');
  expect(() => host.exec("INSERT INTO item VALUES (99, 'no such day', 1, NULL)")).toThrow('FOREIGN KEY');
  host.close();
});

test('a row that refers to nothing fails the preparation', async () => {
  const { totalsAdapter } = await import('./totals-store.ts');
  const store = await openTotals();
  const writer = await store.stage(1);
  const { key, value } = totalsAdapter().encodeRow('item', [{ id: 1, day: 'none', weight: 0 }]);
  writer.table('item').put(key, key.length, value, value.length);
  await writer.finish();
  await expect(store.prepare(1)).rejects.toMatchObject({
    code: 'REPROCESS_VERIFY_FAILED',
    details: { table: 'item' },
  });
});

test('the planner knows the live tables after a switch, and nothing of a generation is left after its discard', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  const host = new Database(join(folder, 'data.sqlite'));
  const parts = (): unknown[] => [
    ...host.prepare('SELECT name FROM sqlite_schema').pluck().all(),
    ...host.prepare('SELECT tbl FROM sqlite_stat1').pluck().all(),
  ];
  for (const generation of [1, 2, 3]) {
    await buildGeneration(store, generation, 2000);
    await store.commit(switchOf(generation === 1 ? undefined : generation - 1, generation));
    if (generation > 1) await store.discard(generation - 1);
    const own = parts().filter((name) => /__sr_/.test(String(name)));
    // Indexes and triggers keep the names of their generation; tables and statistics do not.
    expect(own.sort()).toEqual([
      `__sr_${String(generation)}_totals.day.by cents`,
      `__sr_${String(generation)}_totals.day.note`,
    ]);
    expect(host.prepare("SELECT count(*) FROM sqlite_stat1 WHERE tbl = 'day'").pluck().get()).toBe(2);
  }
  expect(await store.sizeBytes(3)).toBeGreaterThan(2000 * 20);
  const pages = host.pragma('page_count', { simple: true });
  await buildGeneration(store, 4, 2000);
  await store.discard(4);
  expect(host.pragma('page_count', { simple: true })).toBe(pages);
  expect(host.pragma('integrity_check', { simple: true })).toBe('ok');
  host.close();
});
