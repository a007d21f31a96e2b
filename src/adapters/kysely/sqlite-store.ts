import { join, resolve } from 'node:path';
import type { StoreAdapter, StoreContext } from '../../store/store.ts';
import { checkTableSet } from './check-table-set.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import { asRecord, asText } from './expect-option.ts';
import { liveEntry } from './swap.ts';
import { readFileUntouched } from './file-access.ts';
import { foreignError } from './foreign-error.ts';
import { outsideReferences } from './foreign-references.ts';
import { generationSql } from './generation-sql.ts';
import { type Connection, loadSqlite } from './load-sqlite.ts';
import { tableLayout } from './merge-rule.ts';
import { RowCodec } from './row-codec.ts';
import { rowObject } from './row-values.ts';
import { storeError } from './sqlite-error.ts';
import type { SqliteReader } from './sqlite-reader.ts';
import { SqliteStagedStore } from './sqlite-staged-store.ts';
import type { SqliteEntries, SqliteRows, SqliteTables, SqliteViews } from './table-set.ts';

/** @public */
export interface SqliteStoreOptions<DB> {
  /** The tables of the set. Foreign keys and triggers stay inside it. */
  readonly tables: SqliteTables<DB>;
  /** The views of the set. They are dropped and created anew at each switch. */
  readonly views?: SqliteViews<DB>;
  /**
   * Database file that the host chose, which may hold other tables and other stores too; it is put in WAL mode.
   *
   * @defaultValue a file of its own in the store's folder under `dataDir`
   */
  readonly file?: string;
  /**
   * Milliseconds for which reads and writes wait, without stopping the event loop, while another program holds the
   * file; then they fail with `REPROCESS_STORE_FAILED`.
   *
   * @defaultValue 10000
   */
  readonly busyTimeoutMs?: number;
}

const DEFAULT_BUSY_TIMEOUT_MS = 10_000;

/** @public */
export type SqliteAdapter<DB> = StoreAdapter<SqliteReader<DB>, SqliteRows<DB>, SqliteEntries<DB>>;

/**
 * A store of declared SQL tables in SQLite. Needs `kysely` and `better-sqlite3` to be installed.
 *
 * `DB` is the Kysely interface of the tables and views. The tables of the live generation bear the declared names, for
 * every program that opens the file; a switch renames them in one transaction.
 *
 * A host that gives its own `file` must not name the tables of the set in its own views, triggers or foreign keys:
 * opening such a file rejects with `REPROCESS_FOREIGN_DATA`.
 *
 * @throws TypeError when an option is wrong; wrong SQL in views and triggers is told at opening.
 * @public
 */
export function sqliteStore<DB>(options: SqliteStoreOptions<DB>): SqliteAdapter<DB> {
  const given = asRecord(options, 'options');
  checkKeys(given, ['tables', 'views', 'file', 'busyTimeoutMs'], 'options');
  const set = checkTableSet(given['tables'], given['views']);
  const location = given['file'] === undefined ? undefined : resolve(asText(given['file'], 'file'));
  const busyLimitMs = given['busyTimeoutMs'] ?? DEFAULT_BUSY_TIMEOUT_MS;
  if (typeof busyLimitMs !== 'number' || !(busyLimitMs >= 0)) {
    throw expected('busyTimeoutMs', 'a number of milliseconds, 0 or more', busyLimitMs);
  }
  const codecs = new Map(set.tables.map((table) => [table.name, new RowCodec(table)]));
  const codecOf = (table: string): RowCodec => {
    const codec = codecs.get(table);
    if (codec === undefined) throw expected('table', 'a declared table', table);
    return codec;
  };
  // A trigger may change rows of any table of its set.
  const changes = set.tables.some(({ triggers }) => triggers.length > 0) ? { changesItself: true } : {};
  const someVolatile = set.tables.some(({ columns }) => columns.some((column) => column.volatile));
  return {
    kind: 'sqlite',
    supports: { durable: true, adopt: true },
    tables: [...codecs.values()].map((codec) => ({ ...tableLayout(codec), ...changes })),
    ...(location === undefined ? {} : { location }),
    encodeRow(table, row) {
      const codec = codecOf(table);
      if (row.length !== 1) throw expected(`${table} row`, 'one object', row);
      return codec.encodeRow(row[0]);
    },
    encodeKey: (table, key, partial) => codecOf(table).encodeKey(key, partial),
    decodeRow(table, row) {
      const codec = codecOf(table);
      return [rowObject(codec.table, codec.decodeValue(row.value))];
    },
    ...(someVolatile
      ? { comparable: (table: string, value: Uint8Array) => codecOf(table).comparable(value) }
      : {}),
    async open(context) {
      const sqlite = await loadSqlite();
      const store = context.storeName;
      const file = location ?? ownFile(context);
      generationSql(sqlite, set, store, 0);
      const outside = (db: Connection): string[] => {
        const live = liveEntry(db, store);
        return live === undefined ? [] : outsideReferences(sqlite, db, live.set);
      };
      const found = await readFileUntouched(sqlite, file, outside, context.temporaryDirectory).catch(
        (error: unknown) => {
          throw storeError(store, 'open', error);
        },
      );
      if (found !== undefined && found.length > 0) throw foreignError(store, found);
      return new SqliteStagedStore<DB>({ sqlite, file, set, context, busyLimitMs });
    },
  };
}

function ownFile(context: StoreContext): string {
  if (context.directory === undefined) throw expected('file', 'given when there is no `dataDir`', undefined);
  return join(context.directory, 'data.sqlite');
}
