import type Database from 'better-sqlite3';
import { StagedReprocessError } from '../../errors.ts';

/** The constructor that `better-sqlite3` exports. */
export type SqliteModule = typeof Database;

/** One connection of `better-sqlite3`. */
export type Connection = Database.Database;

/** A prepared statement of one connection, its rows not yet looked at. */
export type Prepared = Database.Statement;

/** Loads `better-sqlite3`, which only hosts of this adapter have to install. */
export async function loadSqlite(): Promise<SqliteModule> {
  // Below N-API 10 loading it does not throw: it takes the process down with a segmentation fault.
  if (!(Number(process.versions.napi) >= 10)) {
    throw new StagedReprocessError(
      'REPROCESS_MISSING_PEER',
      `better-sqlite3 13 needs N-API 10, which Node has from 22.14 on; this is Node ${process.versions.node}`,
      { details: { peer: 'better-sqlite3' } },
    );
  }
  try {
    const loaded = await import('better-sqlite3');
    return loaded.default;
  } catch (cause) {
    throw new StagedReprocessError(
      'REPROCESS_MISSING_PEER',
      'The SQLite store needs better-sqlite3: install it with `npm install better-sqlite3`',
      { details: { peer: 'better-sqlite3' }, cause },
    );
  }
}
