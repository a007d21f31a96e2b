import type { RowBytes } from './generation-writer.ts';
import type { KeyRange } from './open-generation.ts';

/**
 * How one table's rows look to a task: `key` and `value` as `get` takes and gives them, `row` as `put` takes and `range`
 * gives it.
 *
 * @public
 */
export interface TableEntry {
  readonly key: unknown;
  readonly value: unknown;
  /** Arguments of `put`. */
  readonly put: readonly unknown[];
  /** What `range` gives. */
  readonly row: readonly unknown[];
}

/**
 * Bounds of a range, by the order of the encoded keys. At most one of `gt` and `gte`, and one of `lt` and `lte`. In an SQL
 * table a bound or a prefix may name only the first columns of the primary key.
 *
 * @public
 */
export interface TransactionRange<K> {
  readonly gt?: K;
  readonly gte?: K;
  readonly lt?: K;
  readonly lte?: K;
  /** Only keys whose encoding begins with that of the prefix. */
  readonly prefix?: K;
  /** From the last key to the first. @defaultValue false */
  readonly reverse?: boolean;
  /** At most so many rows. @defaultValue Infinity */
  readonly limit?: number;
}

/**
 * One table inside a store's transaction. Reads see what the transaction has written.
 *
 * @public
 */
export interface TransactionTable<E extends TableEntry = TableEntry> {
  /** `undefined` when there is no such row. */
  get(key: E['key']): Promise<E['value'] | undefined>;
  /** In the order of the keys given; one look-up for all of them. */
  getMany(keys: readonly E['key'][]): Promise<(E['value'] | undefined)[]>;
  /** Writes one row, whether or not its key has one. */
  put(...row: E['put']): void;
  /** Deletes one row, if there is one. */
  del(key: E['key']): void;
  /**
   * Writes one row through the table's merge rule, without reading first. Throws `TypeError` in a table without a rule.
   */
  merge(...row: E['put']): void;
  /** Rows in key order, as they were when the range was asked for. */
  range(range?: TransactionRange<E['key']>): AsyncIterable<E['row']>;
  /** The same table in its encoded form, for hot loops. */
  readonly bytes: TransactionBytes;
}

/**
 * One table inside a store's transaction, as bytes in the encodings of the table. What is given in is kept: the caller
 * must not change it later.
 *
 * @public
 */
export interface TransactionBytes {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  getMany(keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]>;
  put(key: Uint8Array, value: Uint8Array): void;
  del(key: Uint8Array): void;
  merge(key: Uint8Array, value: Uint8Array): void;
  range(range?: KeyRange): AsyncIterable<RowBytes>;
}
