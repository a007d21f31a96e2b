import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createCatalog } from './catalog.ts';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import { whenNotBusy } from './sqlite-error.ts';

/** Opens a connection that writes: WAL mode, no waiting inside SQLite, no foreign keys checked row by row. */
async function openWriter(
  sqlite: SqliteModule,
  file: string,
  options: { readonly synchronous: 'FULL' | 'NORMAL'; readonly busyLimitMs: number },
): Promise<Connection> {
  const limit = { limitMs: options.busyLimitMs };
  makeFolder(dirname(file));
  const db = await whenNotBusy(() => new sqlite(file, { timeout: 0 }), limit);
  try {
    await whenNotBusy(() => {
      const mode: unknown = db.pragma('journal_mode = WAL', { simple: true });
      if (mode !== 'wal')
        throw new Error(`\`${file}\` cannot be put in WAL mode, it is in mode ${String(mode)}`);
      db.pragma(`synchronous = ${options.synchronous}`);
      db.pragma('foreign_keys = OFF');
      db.pragma('legacy_alter_table = OFF');
      // Lets ANALYZE look at a sample only, so that it is done in a moment however large the table is.
      db.pragma('analysis_limit = 400');
      // Little at a time: what a commit copies back into the file, it copies within one turn of the event loop.
      db.pragma('wal_autocheckpoint = 200');
    }, limit);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}

/** Runs `work` in one transaction and one turn of the event loop. When it throws, nothing was done. */
export function inTransaction<Result>(db: Connection, work: () => Result): Result {
  db.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    db.exec('COMMIT');
    return result;
  } catch (error) {
    // SQLite may have rolled back by itself (disk full, I/O error).
    if (db.inTransaction) db.exec('ROLLBACK');
    throw error;
  }
}

/** The connection through which everything but staged rows is written. Opened when first needed. */
export class WriteConnection {
  readonly #sqlite: SqliteModule;
  readonly #file: string;
  readonly #busyLimitMs: number;
  #opening: Promise<Connection> | undefined;
  #open: Connection | undefined;

  constructor(sqlite: SqliteModule, file: string, busyLimitMs: number) {
    this.#sqlite = sqlite;
    this.#busyLimitMs = busyLimitMs;
    this.#file = file;
  }

  /** The connection, if it is open. */
  get current(): Connection | undefined {
    return this.#open;
  }

  async transaction<Result>(work: (db: Connection) => Result): Promise<Result> {
    const db = await this.connect();
    return this.whenNotBusy(() => inTransaction(db, () => work(db)));
  }

  /** Calls `attempt`, which leaves nothing behind when it throws, until other writers of the file let it through. */
  whenNotBusy<Result>(attempt: () => Result): Promise<Result> {
    return whenNotBusy(attempt, { limitMs: this.#busyLimitMs });
  }

  /** One more connection, whose commits are durable only with the next one of this connection. Who opens it closes it. */
  fast(): Promise<Connection> {
    return openWriter(this.#sqlite, this.#file, { synchronous: 'NORMAL', busyLimitMs: this.#busyLimitMs });
  }

  connect(): Promise<Connection> {
    this.#opening ??= this.#connect().catch((error: unknown) => {
      this.#opening = undefined;
      throw error;
    });
    return this.#opening;
  }

  async close(): Promise<void> {
    await this.#opening?.catch(() => undefined);
    this.#open?.close();
    this.#open = undefined;
    this.#opening = undefined;
  }

  async #connect(): Promise<Connection> {
    const db = await openWriter(this.#sqlite, this.#file, {
      synchronous: 'FULL',
      busyLimitMs: this.#busyLimitMs,
    });
    try {
      await this.whenNotBusy(() => {
        inTransaction(db, () => {
          createCatalog(db);
        });
      });
    } catch (error) {
      db.close();
      throw error;
    }
    this.#open = db;
    return db;
  }
}

/** Creates the folder; it is there after a power cut, too, once the file in it is. */
function makeFolder(folder: string): void {
  const first = mkdirSync(folder, { recursive: true });
  if (first === undefined) return;
  for (let made = folder; made.length >= first.length; made = dirname(made)) syncFolder(dirname(made));
}

function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r');
  try {
    fsyncSync(handle);
  } catch (error) {
    // Windows cannot sync a folder.
    if (process.platform !== 'win32') throw error;
  } finally {
    closeSync(handle);
  }
}
