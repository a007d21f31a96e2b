import type { StoreAdapter } from '../store/store.ts';

/** A row of one of Recon's LevelDB tables, encoded. @public */
export type KeyValueRow = readonly [key: Uint8Array, value: Uint8Array];

/** Rows that `NSSummaryTask` writes, by table; all but `namespaceSummaryTable` are private to it. @public */
export interface NamespaceRows {
  readonly namespaceSummaryTable: KeyValueRow;
  readonly namespaceClaims: KeyValueRow;
  readonly namespaceBuckets: KeyValueRow;
  readonly keyFolders: KeyValueRow;
  readonly cyclicDirectories: KeyValueRow;
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

/** A row of `OM_SPLIT_UPLOADS`: an open upload whose parts lie in `multipartPartsTable`. @public */
export interface SplitUploadRow {
  readonly upload_id: Uint8Array;
  /** The upload's row key in `multipartInfoTable`; of several rows with one upload id the greatest counts. */
  readonly row_key: Uint8Array;
  /** Copies of each byte; 1 when erasure coded. */
  readonly factor: number;
  /** Data blocks and parity blocks of a stripe, and bytes of a chunk; 1, 0 and 1 when not erasure coded. */
  readonly data: number;
  readonly parity: number;
  readonly chunk: number;
}

/** A row of `OM_UPLOAD_PARTS`: a part in `multipartPartsTable`, whether or not its upload is there. @public */
export interface UploadPartRow {
  readonly upload_id: Uint8Array;
  /** What follows the upload id in the part's row key. */
  readonly part: Uint8Array;
  /** Bytes. */
  readonly size: bigint;
}

/**
 * The SQL tables of the store `stats`, as Kysely reads them: the type for `sqliteStore<StatsTables>`. The last two are
 * what `OmTableInsightTask` alone needs to remember: they may change with any release.
 *
 * @public
 */
export interface StatsTables {
  readonly GLOBAL_STATS: GlobalStatsRow;
  readonly FILE_COUNT_BY_SIZE: FileCountBySizeRow;
  readonly OM_SPLIT_UPLOADS: SplitUploadRow;
  readonly OM_UPLOAD_PARTS: UploadPartRow;
}

/** Rows that `OmTableInsightTask` and the two file size counters write, by table. @public */
export type StatsRows = { readonly [Table in keyof StatsTables]: readonly [row: StatsTables[Table]] };

/** What `OmTableInsightTask` and the two file size counters read and write while they apply a delta. @public */
export type StatsEntries = {
  readonly [Table in keyof StatsTables]: {
    /** The columns of the primary key; in a range its first ones. */
    readonly key: Partial<StatsTables[Table]>;
    readonly value: StatsTables[Table];
    readonly put: readonly [row: StatsTables[Table]];
    readonly row: readonly [row: StatsTables[Table]];
  };
};

/** Any adapter that has the table of `NSSummaryTask`. @public */
export type NamespaceStore = StoreAdapter<unknown, NamespaceRows>;

/** Any adapter that has the tables of the container key mappers. @public */
export type ContainerStore = StoreAdapter<unknown, ContainerRows>;

/** Any adapter that has the tables of `OmTableInsightTask` and the file size counters. @public */
export type StatsStore = StoreAdapter<unknown, StatsRows, StatsEntries>;
