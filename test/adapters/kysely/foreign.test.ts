import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  buildGeneration,
  contextOf,
  lease,
  openTotals,
  switchOf,
  temporaryFolder,
  toldGeneration,
  totalsAdapter,
} from './totals-store.ts';

/** A host's file in which generation 1 of the store is live. */
async function hostFile(...statements: string[]): Promise<string> {
  const file = join(temporaryFolder(), 'host.sqlite');
  const store = await openTotals(undefined, file);
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  await store.close();
  const host = new Database(file);
  for (const statement of statements) host.exec(statement);
  host.close();
  return file;
}

test.for([
  ['a view', 'CREATE VIEW busy AS SELECT d.orders FROM main."DAY" AS d', 'busy'],
  ['a view over a view', 'CREATE VIEW grand AS SELECT total FROM summary', 'grand'],
  [
    'a trigger on a table of its own',
    'CREATE TABLE o (a); CREATE TRIGGER spy AFTER INSERT ON o BEGIN DELETE FROM item; END',
    'spy',
  ],
  [
    'a trigger on a table of the set',
    'CREATE TABLE o (a); CREATE TRIGGER tap AFTER INSERT ON day BEGIN INSERT INTO o VALUES (1); END',
    'tap',
  ],
  ['a foreign key', 'CREATE TABLE child (a REFERENCES day(day))', 'child'],
])('%s from outside that names the set is refused at open', async ([, sql = '', name = '']) => {
  const file = await hostFile(sql);
  const before = createHash('sha256').update(readFileSync(file)).digest('hex');
  const opening = totalsAdapter(file).open(contextOf(undefined));
  await expect(opening).rejects.toMatchObject({ code: 'REPROCESS_FOREIGN_DATA' });
  await expect(totalsAdapter(file).open(contextOf(undefined))).rejects.toThrow(`\`${name}\``);
  expect(createHash('sha256').update(readFileSync(file)).digest('hex')).toBe(before);
});

test('what only looks like it names the set is let be', async () => {
  const file = await hostFile(
    'CREATE TABLE o (day, item, summary)',
    "CREATE VIEW v AS SELECT day, 'item' AS item FROM o",
    'CREATE TRIGGER t AFTER INSERT ON o BEGIN UPDATE o SET day = new.day; END',
    'CREATE INDEX ix ON day (orders)',
  );
  const store = await openTotals(undefined, file);
  await buildGeneration(store, 2);
  await store.commit(switchOf(1, 2));
  expect((await store.inspect()).foreign).toEqual([]);
  const host = new Database(file);
  host.exec('INSERT INTO o VALUES (1, 2, 3)');
  expect(host.prepare('SELECT * FROM v').all()).toEqual([{ day: 1, item: 'item' }]);
  host.close();
});

test('one that comes later is refused when a generation is prepared, and reported', async () => {
  const file = await hostFile();
  const store = await openTotals(undefined, file);
  const writer = await store.stage(2);
  await writer.finish();
  const host = new Database(file);
  host.exec('CREATE VIEW busy AS SELECT orders FROM day');
  host.close();
  await expect(store.prepare(2)).rejects.toMatchObject({ code: 'REPROCESS_FOREIGN_DATA' });
  expect((await store.inspect()).foreign).toEqual([expect.stringContaining('`busy`')]);
});

test('a broken view of the host stops the run before the switch, not the switch', async () => {
  const file = await hostFile('CREATE VIEW broken AS SELECT * FROM nowhere');
  const store = await openTotals(undefined, file);
  const writer = await store.stage(2);
  await writer.finish();
  await expect(store.prepare(2)).rejects.toMatchObject({
    code: 'REPROCESS_STORE_FAILED',
    details: { step: 'prepare' },
  });
  expect((await store.inspect()).live).toBe(1);
});

test('tables of the host under the live names, or under generation names, are reported and refused', async () => {
  const file = join(temporaryFolder(), 'host.sqlite');
  const host = new Database(file);
  host.exec(
    'CREATE TABLE "Day" (x); CREATE VIEW summary AS SELECT 1 AS a; CREATE TABLE "__sr_4_totals.day" (x); CREATE TABLE other (x)',
  );
  const store = await openTotals(undefined, file);
  const { foreign } = await store.inspect();
  expect(foreign).toHaveLength(3);
  for (const name of ['`Day`', '`summary`', '`__sr_4_totals.day`']) expect(foreign.join()).toContain(name);
  await expect(store.stage(1)).rejects.toMatchObject({ code: 'REPROCESS_FOREIGN_DATA' });
  expect(
    host
      .prepare("SELECT name FROM sqlite_schema WHERE name LIKE '%sr%' ESCAPE '!' AND name LIKE '%.day'")
      .all(),
  ).toHaveLength(1);
  host.close();
});

test("another home's marker is reported by its home id, and nothing is done to its data", async () => {
  const file = await hostFile();
  const other = await openTotals(undefined, file, { homeId: 'home-2' });
  expect((await other.inspect()).generations).toMatchObject([
    { generation: 1, marker: { homeId: 'home-1' } },
  ]);
  for (const call of [
    () => other.stage(2),
    () => other.discard(1),
    () => other.commit(switchOf(undefined, 1)),
    () => other.undo(switchOf(undefined, 1)),
    () => other.adopt?.({ generation: 1, location: undefined }, 1) ?? Promise.resolve(),
  ]) {
    await expect(call()).rejects.toMatchObject({ code: 'REPROCESS_FOREIGN_DATA' });
  }
  const own = await openTotals(undefined, file);
  expect(await toldGeneration(lease(await own.openGeneration(1)).reader)).toBe(1);
});

test('a marker of a newer format, and a damaged one, are told', async () => {
  const file = await hostFile("UPDATE __staged_reprocessor SET home_id = 'home-3'");
  const store = await openTotals(undefined, file);
  expect(await store.inspect()).toMatchObject({
    live: 1,
    generations: [{ generation: 1, marker: undefined }],
  });
  await expect(store.openGeneration(1)).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
  await store.close();
  const host = new Database(file);
  host.exec('UPDATE __staged_reprocessor SET format = 2');
  host.close();
  await expect(totalsAdapter(file).open(contextOf(undefined))).rejects.toMatchObject({
    code: 'REPROCESS_FORMAT_NEWER',
  });
});

test('two stores share one file and switch apart', async () => {
  const { sqliteStore } = await import('../../../src/adapters/kysely/index.ts');
  const file = await hostFile();
  const adapter = sqliteStore<{ word: { word: string } }>({
    tables: { word: { columns: { word: 'text' }, primaryKey: ['word'] } },
    file,
  });
  const words = await adapter.open(contextOf(undefined, { storeName: 'totals.day' }));
  const totals = await openTotals(undefined, file);
  const writer = await words.stage(1);
  const { key, value } = adapter.encodeRow('word', [{ word: 'blue' }]);
  writer.table('word').put(key, key.length, value, value.length);
  const building = buildGeneration(totals, 2);
  await writer.finish();
  await words.prepare(1);
  await words.commit(switchOf(undefined, 1));
  await building;
  await totals.commit(switchOf(1, 2));
  await totals.discard(1);
  const open = await words.openGeneration(1);
  expect(await lease(open).reader.selectFrom('word').selectAll().execute()).toEqual([{ word: 'blue' }]);
  expect(await words.inspect()).toMatchObject({ live: 1, foreign: [] });
  expect(await totals.inspect()).toMatchObject({ live: 2, foreign: [] });
  await words.close();
});
