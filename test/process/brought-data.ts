import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { Level } from 'level';
import type { AdoptOptions } from '../../src/index.ts';
import { ROWS, storesOf, type World } from './world.ts';

/** Where the LevelDB of a host lay before it used this library. */
export function broughtLevel(dataDir: string): string {
  return `${dataDir}-brought`;
}

export function adoptOptions(dataDir: string, world: World): AdoptOptions {
  const hasWords = Object.hasOwn(storesOf(world), 'words');
  return { sequence: 2n, ...(hasWords ? { locations: { words: broughtLevel(dataDir) } } : {}) };
}

/** Puts data of version 2 where a host had it before: nothing of this library is there yet. */
export async function bringData(dataDir: string, world: World): Promise<void> {
  const stores = storesOf(world);
  const keys = Array.from({ length: ROWS }, (_, row) => `order-${String(row).padStart(6, '0')}`);
  if (Object.hasOwn(stores, 'words')) {
    const db = new Level(broughtLevel(dataDir));
    const table = db.sublevel('words');
    for (const key of keys) await table.put(key, '2');
    await db.close();
  }
  if (!Object.hasOwn(stores, 'totals')) return;
  const folder = join(dataDir, 'stores', 'totals');
  mkdirSync(folder, { recursive: true });
  const db = new Database(join(folder, 'data.sqlite'));
  db.exec('CREATE TABLE day (day TEXT NOT NULL PRIMARY KEY, version INTEGER NOT NULL)');
  const insert = db.prepare('INSERT INTO day VALUES (?, 2)');
  for (const key of keys) insert.run(key);
  db.close();
}
