import type { RowBytes } from './generation-writer.ts';

/** @public */
export interface ViewOptions {
  /** Whether the view also fixes the data, not only the generation. */
  readonly frozen: boolean;
}

/**
 * What one lease sees of one store.
 *
 * @public
 */
export interface GenerationView<Reader> {
  /** Read-only by type and in fact. */
  readonly reader: Reader;
  /** Closes what the reader still has open (iterators, streams, snapshots). Called once. */
  release(): void;
}

/**
 * Bounds of encoded keys. At most one of `gt` and `gte`, and one of `lt` and `lte`; all that are given hold.
 *
 * @public
 */
export interface KeyRange {
  readonly gt?: Uint8Array;
  readonly gte?: Uint8Array;
  readonly lt?: Uint8Array;
  readonly lte?: Uint8Array;
  /** Only keys that begin with these bytes. */
  readonly prefix?: Uint8Array;
  /** @defaultValue false */
  readonly reverse?: boolean;
  /** @defaultValue Infinity */
  readonly limit?: number;
}

/**
 * All rows of a generation as they were at one moment, whatever is applied to it meanwhile. Reading rejects once the
 * generation is closed.
 *
 * @public
 */
export interface FrozenRows {
  /** In the order of the store's keys, in batches of the caller's own bytes. */
  rows(table: string): AsyncIterable<readonly RowBytes[]>;
  /** May be called twice. */
  close(): Promise<void>;
}

/**
 * One generation opened for reading.
 *
 * @public
 */
export interface OpenGeneration<Reader = unknown> {
  readonly generation: number;
  /**
   * A view for one lease, made without waiting. The view calls `check` before each operation; it throws when the lease
   * has ended.
   */
  view(check: () => void, options: ViewOptions): GenerationView<Reader>;
  /** Number of rows of a table. */
  count(table: string): Promise<number>;
  /** The value of one row, encoded; `undefined` when there is none. */
  get(table: string, key: Uint8Array): Promise<Uint8Array | undefined>;
  /** The values of several rows, in the order of the keys given. */
  getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  /** Rows of a table, encoded, in the order of the store's keys, in batches of the caller's own bytes. */
  rows(table: string, range?: KeyRange): AsyncIterable<readonly RowBytes[]>;
  /** Fixes the rows of all tables, in one turn of the event loop. The caller closes it. */
  freeze(): FrozenRows;
  /** The `applied` of the last batch; `undefined` when none was applied yet. */
  applied(): Promise<string | undefined>;
  /** Ends every view and closes the handles. Called by the engine after the drain. May be called twice. */
  close(): Promise<void>;
}
