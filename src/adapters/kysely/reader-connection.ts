import { type CatalogEntry, halfDeleted, requireEntry } from './catalog.ts';
import { ColumnTypes } from './column-types.ts';
import { temporaryViews } from './generation-sql.ts';
import { readApplied } from './applied-text.ts';
import { CATALOG_TABLE, generationName, quote } from './identifier.ts';
import type { Connection, Prepared, SqliteModule } from './load-sqlite.ts';
import { ReadStatement } from './read-statement.ts';
import { checkColumns } from './stored-columns.ts';
import { columnList } from './stored-values.ts';
import type { Table } from './table-set.ts';

const CACHED_STATEMENTS = 100;

/** One read-only connection that shows one generation under the live names. */
export class ReaderConnection {
  readonly entry: CatalogEntry;
  readonly #db: Connection;
  readonly #types: ColumnTypes;
  readonly #touch: Prepared;
  readonly #statements = new Map<string, ReadStatement>();
  readonly #byKey = new Map<string, Prepared>();

  private constructor(db: Connection, entry: CatalogEntry) {
    this.#db = db;
    this.entry = entry;
    this.#types = new ColumnTypes(entry.set, entry.marker.store, entry.marker.generation);
    this.#touch = db.prepare(`SELECT 1 FROM ${CATALOG_TABLE} LIMIT 1`);
  }

  /** Opens without waiting; throws `SQLITE_BUSY` when the moment is bad. */
  static open(sqlite: SqliteModule, file: string, store: string, generation: number): ReaderConnection {
    const db = new sqlite(file, { readonly: true, fileMustExist: true, timeout: 0 });
    try {
      // Where the tables are and what is read about them must be of one moment.
      db.exec('BEGIN');
      const entry = requireEntry(db, store, generation);
      if (entry.state === 'discarding') throw halfDeleted(store, generation);
      const names = entry.set.tables.map(({ name }): [string, string] => [
        name,
        entry.live ? name : generationName(store, generation, name),
      ]);
      checkColumns(db, entry.set, new Map(names), store);
      if (!entry.live) for (const sql of temporaryViews(entry.set, store, generation)) db.exec(sql);
      db.exec('COMMIT');
      db.pragma('query_only = ON');
      return new ReaderConnection(db, entry);
    } catch (error) {
      db.close();
      throw error;
    }
  }

  get open(): boolean {
    return this.#db.open;
  }

  /**
   * Fixes what the connection sees. A bare BEGIN fixes nothing: the first read does.
   *
   * @returns whether it was not fixed before.
   */
  pin(): boolean {
    if (this.#db.inTransaction) return false;
    this.#db.exec('BEGIN');
    try {
      this.#touch.get();
    } catch (error) {
      this.#db.exec('ROLLBACK');
      throw error;
    }
    return true;
  }

  /** May be called twice. No iterator may be open. */
  unpin(): void {
    if (this.#db.open && this.#db.inTransaction) this.#db.exec('COMMIT');
  }

  /** A compiled query for one call of `all`; kept for the next one. */
  statement(sql: string): ReadStatement {
    const known = this.#statements.get(sql);
    if (known !== undefined) {
      this.#statements.delete(sql);
      this.#statements.set(sql, known);
      return known;
    }
    const statement = this.compile(sql);
    this.#statements.set(sql, statement);
    if (this.#statements.size > CACHED_STATEMENTS) {
      const [oldest] = this.#statements.keys();
      if (oldest !== undefined) this.#statements.delete(oldest);
    }
    return statement;
  }

  /** A compiled query of its own, for `iterate`: a statement that iterates can do nothing else. */
  compile(sql: string): ReadStatement {
    return new ReadStatement(this.#db, sql, this.#types);
  }

  /** A query of the adapter itself over a table's columns: rows as arrays, integers as bigint. */
  raw(table: string, sql: (name: string) => string): Prepared {
    return this.#db
      .prepare(sql(quote(table)))
      .raw()
      .safeIntegers();
  }

  /** A query of the adapter itself for one row of a table, its primary key given. */
  byKey(table: Table): Prepared {
    const known = this.#byKey.get(table.name);
    if (known !== undefined) return known;
    const key = table.primaryKey.map((column) => `${quote(column.name)} = ?`).join(' AND ');
    const statement = this.raw(
      table.name,
      (name) => `SELECT ${columnList(table.columns)} FROM ${name} WHERE ${key}`,
    );
    this.#byKey.set(table.name, statement);
    return statement;
  }

  /** The `applied` of the last batch. */
  applied(): string | undefined {
    return readApplied(this.#db, this.entry.marker);
  }

  close(): void {
    this.#db.close();
  }
}
