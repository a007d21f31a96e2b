/** One row as bytes, in the encoding of its table. @public */
export interface RowBytes {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Writes rows of one table into a staged generation. Rows come in ascending key order when the engine sorted them,
 * else in any order; no key comes twice.
 *
 * @public
 */
export interface BulkWriter {
  /** Takes the first `keyLength` and `valueLength` bytes and copies them before it returns. Never blocks. */
  put(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number): void;
  /** Whether the caller should await `drain()` before it puts more. */
  readonly full: boolean;
  /** Resolves when there is room again; rejects with the first error of an earlier write. */
  drain(): Promise<void>;
}

/**
 * The writing end of one staged generation.
 *
 * @public
 */
export interface GenerationWriter {
  table(name: string): BulkWriter;
  /** Resolves when every row is in the store and can be read back. The writer takes no more rows after it. */
  finish(): Promise<void>;
}
