import { closeSync, fsyncSync, mkdirSync, openSync } from 'node:fs';
import { dirname } from 'node:path';
import { createApplied } from './applied-text.ts';
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
  #foreignKeys = false;

  constructor(sqlite: SqliteModule, file: string, busyLimitMs: number) {
    this.#sqlite = sqlite;
    this.#busyLimitMs = busyLimitMs;
    this.#file = file;
  }

  /** The connection, if it is open. */
  get current(): Connection | undefined {
    return this.#open;
  }

  /** A transaction that moves, drops and creates tables: no foreign key is checked. */
  async transaction<Result>(work: (db: Connection) => Result): Promise<Result> {
    const db = await this.connect();
    return this.whenNotBusy(() => this.atOnce(db, work));
  }

  /** A transaction that writes rows: foreign keys are checked. */
  async checkedTransaction<Result>(work: (db: Connection) => Result): Promise<Result> {
    const db = await this.connect();
    return this.whenNotBusy(() => {
      this.#checkForeignKeys(db, true);
      return inTransaction(db, () => work(db));
    });
  }

  /** One attempt at a `transaction`, in this turn of the event loop, on what `connect` has returned. */
  atOnce<Result>(db: Connection, work: (db: Connection) => Result): Result {
    this.#checkForeignKeys(db, false);
    return inTransaction(db, () => work(db));
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

  /** Only when it must change: the pragma makes SQLite compile every statement of the connection anew. */
  #checkForeignKeys(db: Connection, on: boolean): void {
    if (this.#foreignKeys === on) return;
    db.pragma(`foreign_keys = ${on ? 'ON' : 'OFF'}`);
    this.#foreignKeys = on;
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
          createApplied(db);
        });
      });
    } catch (error) {
      db.close();
      throw error;
    }
    this.#open = db;
    this.#foreignKeys = false;
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
