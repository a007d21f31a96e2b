import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import {
  DAYS,
  buildGeneration,
  dayName,
  lease,
  openTotals,
  switchOf,
  temporaryFolder,
  toldGeneration,
} from './totals-store.ts';

const HOST_TABLES = `
  CREATE TABLE day (cents BIGINT, day VARCHAR(20) PRIMARY KEY, orders INT, at TEXT);
  CREATE INDEX host_index ON day (orders);
  CREATE TABLE item (id INTEGER PRIMARY KEY, day TEXT REFERENCES day, weight DOUBLE, photo BLOB);
  CREATE TRIGGER note AFTER DELETE ON day BEGIN DELETE FROM item WHERE day = old.day; END;
  CREATE VIEW summary AS SELECT 0 AS total, 0 AS days;`;

function hostFile(sql = HOST_TABLES): string {
  const file = join(temporaryFolder(), 'host.sqlite');
  const host = new Database(file);
  host.exec(sql);
  const insert = host.prepare('INSERT INTO day (day, orders, cents) VALUES (?, 1, ?)');
  for (let index = 0; index < DAYS; index++) insert.run(dayName(index), index === 3 ? 1n << 62n : 1n);
  host.close();
  return file;
}

test('tables of the host become generation 1 where they lie, and are retained at the next switch', async () => {
  const file = hostFile();
  const adopted = { generation: 1, location: file };
  const store = await openTotals(undefined, file, { adopted });
  expect((await (await openTotals(undefined, file)).inspect()).foreign).toHaveLength(3);
  expect(await store.inspect()).toEqual({
    generations: [{ generation: 1, state: 'ready', marker: undefined }],
    live: undefined,
    foreign: [],
  });
  await store.adopt?.(adopted, 5);
  await store.adopt?.(adopted, 5);
  expect(await store.inspect()).toMatchObject({
    live: 1,
    foreign: [],
    generations: [{ generation: 1, state: 'ready', marker: { homeId: 'home-1', revision: 5 } }],
  });
  const { reader } = lease(await store.openGeneration(1));
  expect(await toldGeneration(reader)).toBe(1);
  expect(await reader.selectFrom('day').select('cents').where('day', '=', dayName(3)).execute()).toEqual([
    { cents: 1n << 62n },
  ]);
  expect(await reader.selectFrom('summary').select('days').execute()).toEqual([{ days: DAYS }]);
  await buildGeneration(store, 2);
  await store.commit(switchOf(1, 2));
  expect(await toldGeneration(reader)).toBe(1);
  expect(await toldGeneration(lease(await store.openGeneration(2)).reader)).toBe(2);
  await store.commit({ ...switchOf(2, 1), revision: 6 });
  const host = new Database(file);
  expect(host.prepare('SELECT count(*) AS n FROM day INDEXED BY host_index').get()).toEqual({ n: DAYS });
  host.exec('DELETE FROM day');
  host.close();
  expect((await store.inspect()).live).toBe(1);
});

test.for([
  [
    'a missing table',
    HOST_TABLES.replace('CREATE TABLE item', 'CREATE TABLE things').replace(
      'DELETE FROM item',
      'DELETE FROM things',
    ),
  ],
  ['a missing column', HOST_TABLES.replace('weight DOUBLE,', '')],
  ['another type', HOST_TABLES.replace('orders INT', 'orders TEXT')],
  ['another primary key', HOST_TABLES.replace('id INTEGER PRIMARY KEY', 'id INTEGER')],
  ['a column more', HOST_TABLES.replace('at TEXT', 'at TEXT, more TEXT')],
])('%s is refused and nothing is changed', async ([, sql]) => {
  const file = hostFile(sql);
  const store = await openTotals(undefined, file);
  await expect(store.adopt?.({ generation: 1, location: file }, 1)).rejects.toMatchObject({
    code: 'REPROCESS_STORE_CORRUPT',
  });
  expect((await store.inspect()).generations).toEqual([]);
  const host = new Database(file);
  expect(host.prepare('SELECT * FROM summary').get()).toEqual({ total: 0, days: 0 });
  host.close();
});

test('a trigger that the set does not declare is refused', async () => {
  const file = hostFile(`${HOST_TABLES} CREATE TRIGGER more AFTER INSERT ON item BEGIN SELECT 1; END;`);
  const store = await openTotals(undefined, file);
  await expect(store.adopt?.({ generation: 1, location: file }, 1)).rejects.toMatchObject({
    code: 'REPROCESS_FOREIGN_DATA',
  });
});
