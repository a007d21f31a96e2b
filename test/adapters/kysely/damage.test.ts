import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
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
  totalsAdapter,
} from './totals-store.ts';

async function builtFile(rows: number): Promise<string> {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1, rows);
  await store.commit(switchOf(undefined, 1));
  await store.close();
  return folder;
}

test.for([
  ['no database at all', (bytes: Buffer) => bytes.fill('x')],
  ['cut off', (bytes: Buffer) => bytes.subarray(0, 3000)],
  ['its schema overwritten', (bytes: Buffer) => bytes.fill(0xff, 100, 4096)],
] as const)('a file that is %s is told at open', async ([, damage]) => {
  const folder = await builtFile(20);
  const file = join(folder, 'data.sqlite');
  writeFileSync(file, damage(readFileSync(file)));
  const before = readFileSync(file);
  await expect(totalsAdapter().open(contextOf(folder))).rejects.toMatchObject({
    code: 'REPROCESS_STORE_CORRUPT',
  });
  expect(readFileSync(file).equals(before)).toBe(true);
  expect(readdirSync(folder)).toEqual(['data.sqlite']);
});

test('damaged pages of a table are told by the read that meets them', async () => {
  const folder = await builtFile(3000);
  const file = join(folder, 'data.sqlite');
  const bytes = readFileSync(file);
  const host = new Database(file);
  const leaves = host
    .prepare<[], number>("SELECT pageno FROM dbstat WHERE name = 'day' AND pagetype = 'leaf'")
    .pluck();
  for (const page of leaves.all()) bytes.fill(0xff, (page - 1) * 4096, page * 4096);
  host.close();
  writeFileSync(file, bytes);
  const store = await openTotals(folder);
  const open = await store.openGeneration(1);
  const corrupt = { code: 'REPROCESS_STORE_CORRUPT' };
  const { reader } = lease(open);
  await expect(reader.selectFrom('day').selectAll().execute()).rejects.toMatchObject(corrupt);
  await expect(reader.raw.prepare('SELECT * FROM item, day').all()).rejects.toMatchObject(corrupt);
  await expect(Array.fromAsync(reader.selectFrom('day').selectAll().stream(100))).rejects.toMatchObject(
    corrupt,
  );
  await expect(Array.fromAsync(open.rows('day'))).rejects.toMatchObject(corrupt);
  await expect(open.count('day')).rejects.toMatchObject(corrupt);
});

test('a generation that is not there, or has lost a table, is told', async () => {
  const folder = await builtFile(20);
  const store = await openTotals(folder);
  await expect(store.openGeneration(9)).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
  await expect(store.commit(switchOf(1, 9))).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec('DROP TABLE item');
  host.close();
  await expect(store.openGeneration(1)).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
  expect((await store.inspect()).generations).toMatchObject([{ generation: 1, marker: undefined }]);
});

test('inspect creates nothing where nothing is', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(join(folder, 'not there yet'));
  expect(await store.inspect()).toEqual({ generations: [], live: undefined, foreign: [] });
  expect(await store.sizeBytes(1)).toBe(0);
  await store.close();
  expect(readdirSync(folder)).toEqual([]);
});
