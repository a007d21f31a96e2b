export { sqliteStore } from './sqlite-store.ts';
export type { SqliteAdapter, SqliteStoreOptions } from './sqlite-store.ts';
export type { SqliteReader } from './sqlite-reader.ts';
export type { SqliteParameter, SqlitePrepared, SqliteRaw, SqliteRow } from './raw-reader.ts';
export type {
  SqliteColumn,
  SqliteColumnOptions,
  SqliteColumnType,
  SqliteColumnTypeOf,
  SqliteEntries,
  SqliteForeignKey,
  SqliteIndex,
  SqliteMergeRule,
  SqliteRows,
  SqliteTable,
  SqliteTables,
  SqliteTrigger,
  SqliteViews,
} from './table-set.ts';
