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
  /** All rows of a table, encoded, in the order of the store's keys, in batches of the caller's own bytes. */
  rows(table: string): AsyncIterable<readonly RowBytes[]>;
  /** Ends every view and closes the handles. Called by the engine after the drain. May be called twice. */
  close(): Promise<void>;
}
