import { readdir, statfs } from 'node:fs/promises';
import type { LevelDatabase } from './level-database.ts';

const LOG = /^(\d+)\.log$/;
/** What LevelDB keeps in memory until it writes a table of it is 4 MiB at most. */
const ROOM_BYTES = 8 << 20;

/**
 * Makes LevelDB go on in a new log, without closing it, and drop the old one: what lies in that has then been written into
 * a table. `false` when it could not be done, as on a disk that is still full; it may be tried again.
 */
export async function beginNewLog(path: string, db: LevelDatabase): Promise<boolean> {
  // Of LevelDB alone; the types of `level` are those of a browser too.
  const compactRange: unknown = 'compactRange' in db ? db.compactRange : undefined;
  if (typeof compactRange !== 'function') return false;
  // A table that does not fit would make LevelDB refuse all writes until it is closed.
  if (!(await hasRoom(path))) return false;
  const before = await latestLog(path);
  // Compacting begins with that, even where there is nothing to compact. It does not tell whether it succeeded.
  const nowhere = Buffer.of(0);
  await Reflect.apply(compactRange, db, [nowhere, nowhere, { keyEncoding: 'view' }]);
  return (await latestLog(path)) > before;
}

async function latestLog(path: string): Promise<number> {
  const numbers = (await readdir(path)).map((name) => Number(LOG.exec(name)?.[1] ?? -1));
  return Math.max(-1, ...numbers);
}

async function hasRoom(path: string): Promise<boolean> {
  const { blocks, bavail, bsize } = await statfs(path);
  // Some file systems say nothing.
  return blocks === 0 || bavail * bsize >= ROOM_BYTES;
}
