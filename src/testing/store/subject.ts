import type { AdoptedGeneration, StoreAdapter, StoreContext, StoreSupports } from '../../store/store.ts';

/**
 * One table that the store suite fills and reads.
 *
 * @public
 */
export interface StoreSuiteTable<Reader> {
  readonly name: string;
  /**
   * The arguments of `sink(name).put(...)`. Every `index` has a key of its own; another `variant` has another value
   * under the same key. Called with indexes below 3,000 and variants below 10.
   */
  row(index: number, variant: number): readonly unknown[];
  /** The key of that row, as a task gives it to `get` and `del`. */
  key(index: number): unknown;
  /**
   * Parts of that key that a range may be bounded by or begin with: the first columns of it, or the first letters. Left
   * out when there are none.
   */
  partialKeys?(index: number): readonly unknown[];
  /** Reads the table through a lease's reader, row by row, in key order and in the form of `row`. */
  read(reader: Reader): AsyncIterable<readonly unknown[]>;
  /** Tries every way to change the table through a reader; may throw. The suite then looks whether it changed. */
  tamper?(reader: Reader): Promise<void> | void;
}

/**
 * An adapter in a place of its own, for one test.
 *
 * @public
 */
export interface StoreSuiteSubject<Reader> {
  readonly adapter: StoreAdapter<Reader>;
  /** For `adapter.open`; the suite opens it again and again, one after the other. */
  readonly context: StoreContext;
  /** All tables of the adapter. */
  readonly tables: readonly StoreSuiteTable<Reader>[];
  /** Order of the store's keys, when it is not that of their bytes. */
  readonly compareKeys?: (left: Uint8Array, right: Uint8Array) => number;
  /**
   * What lies in the store's place although only the generations of `kept`, staged or ready, should; called with the
   * store closed.
   */
  leftovers?(kept: readonly number[]): Promise<readonly string[]>;
  /** A digest of every byte in the store's place, to prove that `inspect` changes none. */
  fingerprint?(): Promise<string>;
  /** Puts rows, two of each table with variant 0, where a host had them before: needed when `supports.adopt`. */
  plant?(): Promise<AdoptedGeneration>;
  /** Removes the place; called once, with the store closed. */
  cleanup(): Promise<void>;
}

/** @public */
export interface StoreSuiteOptions<Reader> {
  /** Stands in the names of the tests. */
  readonly name: string;
  /** What the adapter claims; tests of what it does not claim are left out. */
  readonly supports: StoreSupports;
  create(): Promise<StoreSuiteSubject<Reader>>;
}
