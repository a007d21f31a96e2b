import type { StoreAdapter } from '../store/store.ts';

/** A row of one of Recon's LevelDB tables, encoded. @public */
export type KeyValueRow = readonly [key: Uint8Array, value: Uint8Array];

/** Rows that `NSSummaryTask` writes, by table. @public */
export interface NamespaceRows {
  readonly namespaceSummaryTable: KeyValueRow;
}

/** Rows that the two container key mappers write, by table. @public */
export interface ContainerRows {
  readonly containerKeyTable: KeyValueRow;
  readonly keyContainerTable: KeyValueRow;
  readonly containerKeyCountTable: KeyValueRow;
}

/** A row of the SQL table `GLOBAL_STATS`. @public */
export interface GlobalStatsRow {
  readonly key: string;
  /** 64 bits, signed. */
  readonly value: bigint;
  /** Milliseconds since the epoch at which the task wrote the row; differs from rebuild to rebuild. */
  readonly last_updated_timestamp: number;
}

/** A row of the SQL table `FILE_COUNT_BY_SIZE`. @public */
export interface FileCountBySizeRow {
  readonly volume: string;
  readonly bucket: string;
  /** Upper bound in bytes of the sizes counted, see `fileSizeUpperBound`. */
  readonly file_size: bigint;
  readonly count: bigint;
}

/** The SQL tables of the store `stats`, as Kysely reads them: the type for `sqliteStore<StatsTables>`. @public */
export interface StatsTables {
  readonly GLOBAL_STATS: GlobalStatsRow;
  readonly FILE_COUNT_BY_SIZE: FileCountBySizeRow;
}

/** Rows that `OmTableInsightTask` and the two file size counters write, by table. @public */
export interface StatsRows {
  readonly GLOBAL_STATS: readonly [row: GlobalStatsRow];
  readonly FILE_COUNT_BY_SIZE: readonly [row: FileCountBySizeRow];
}

/** Any adapter that has the table of `NSSummaryTask`. @public */
export type NamespaceStore = StoreAdapter<unknown, NamespaceRows>;

/** Any adapter that has the tables of the container key mappers. @public */
export type ContainerStore = StoreAdapter<unknown, ContainerRows>;

/** Any adapter that has the tables of `OmTableInsightTask` and the file size counters. @public */
export type StatsStore = StoreAdapter<unknown, StatsRows>;
