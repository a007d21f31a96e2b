import type { OpenGeneration } from './open-generation.ts';
import type { GenerationWriter, RowBytes } from './generation-writer.ts';
import type { StoreBatch } from './store-batch.ts';
import type { TableEntry } from './transaction-table.ts';

/**
 * What an adapter can do. A run checks what it needs before it starts.
 *
 * @public
 */
export interface StoreSupports {
  /** Whether the data outlives the process. A store that is not durable is rebuilt at open. */
  readonly durable: boolean;
  /** Whether existing data can be taken over as generation 1. */
  readonly adopt: boolean;
}

/** @public */
export interface TableLayout {
  readonly name: string;
  /**
   * How two rows of one key become one, on the encoded values; must be associative and commutative, and holds across
   * tasks. Without a rule the later row of one task replaces the earlier one, and two tasks may not write one key
   * with different values.
   */
  readonly merge?: (left: Uint8Array, right: Uint8Array) => Uint8Array;
  /** Whether the store itself may change rows of this table when a batch is applied (triggers): they are not counted then. */
  readonly changesItself?: boolean;
}

/**
 * What a store factory (`levelStore`, `sqliteStore`, `memoryStore`) returns: configuration without any open handle,
 * so that it can be made before, and shared by, many reprocessors.
 *
 * `Reader` is what a lease hands out; `Rows` maps each table to the arguments of `sink(table).put(...)`; `Entries` maps it
 * to what a transaction reads and writes.
 *
 * @public
 */
export interface StoreAdapter<
  Reader = unknown,
  Rows extends object = object,
  Entries extends object = object,
> {
  /** Short and stable, recorded in the control record: a store cannot change its kind. */
  readonly kind: string;
  readonly supports: StoreSupports;
  readonly tables: readonly TableLayout[];
  /** Where the data lies when the host chose the place (a database file); recorded, so it must hold no secrets. */
  readonly location?: string;
  /** Turns the arguments of `sink(table).put(...)` into bytes. Throws `TypeError` on what the table cannot hold. */
  encodeRow(table: string, row: readonly unknown[]): RowBytes;
  /**
   * Turns a key into bytes. With `partial`, a bound or prefix of a range, an SQL table takes the first columns of its
   * primary key alone. Throws `TypeError` on what is no key of the table.
   */
  encodeKey(table: string, key: unknown, partial: boolean): Uint8Array;
  /** What `range` gives for a row; its last element is what `get` gives. */
  decodeRow(table: string, row: RowBytes): readonly unknown[];
  /**
   * The value without what may differ between two rebuilds of one source (volatile columns). Left out when nothing may.
   */
  comparable?(table: string, value: Uint8Array): Uint8Array;
  open(context: StoreContext): Promise<StagedStore<Reader>>;
  /** Carries the types; never present at run time. */
  readonly '~types'?: { readonly reader: Reader; readonly rows: Rows; readonly entries: Entries };
}

/** The reader that a lease of this adapter's store hands out. @public */
export type ReaderOf<A> = A extends StoreAdapter<infer Reader> ? Reader : never;

/** Table name → arguments of `sink(table).put(...)`. @public */
export type RowsOf<A> = A extends { readonly '~types'?: { readonly rows: infer Rows } } ? Rows : never;

/** What a transaction reads and writes in table `T` of an adapter. @public */
export type EntryOf<A, T extends PropertyKey> = A extends {
  readonly '~types'?: { readonly entries: infer Entries };
}
  ? T extends keyof Entries
    ? Entries[T] extends infer E extends TableEntry
      ? E
      : TableEntry
    : TableEntry
  : TableEntry;

/** @public */
export interface StoreContext {
  readonly storeName: string;
  /** Identity of the data directory; stands in every marker. */
  readonly homeId: string;
  /** The store's own folder (absolute), created by the adapter when first needed; `undefined` without a `dataDir`. */
  readonly directory: string | undefined;
  /**
   * Where the adapter may put temporary files; created by the adapter when needed, emptied at each opening. The system's
   * own when it is left out.
   */
  readonly temporaryDirectory?: string;
  /** The adopted generation and where it lies, once there is one. */
  readonly adopted: AdoptedGeneration | undefined;
  /** For what fails outside any call, for example a pause between two staged transactions. */
  readonly onBackgroundError: (error: unknown) => void;
}

/** @public */
export interface AdoptedGeneration {
  readonly generation: number;
  /** As given by the host; `undefined` when the adapter's own place is meant. */
  readonly location: string | undefined;
}

/**
 * What every store carries beside its data, so that the control record can be checked against it.
 *
 * @public
 */
export interface StoreMarker {
  readonly format: 1;
  readonly homeId: string;
  readonly store: string;
  readonly generation: number;
  /** Revision of the intent that made this generation live; 0 while it never was. */
  readonly revision: number;
}

/** One generation as it lies on the medium. @public */
export interface FoundGeneration {
  readonly generation: number;
  /** `staged` until `prepare` has ended, `ready` from then on. */
  readonly state: 'staged' | 'ready';
  /** `undefined` when it is missing or cannot be read. */
  readonly marker: StoreMarker | undefined;
}

/** @public */
export interface StoreInspection {
  readonly generations: readonly FoundGeneration[];
  /**
   * The generation that the store itself calls live (the one whose tables have the live names), for stores that move
   * something at a switch; `undefined` for stores that do not.
   */
  readonly live: number | undefined;
  /** What lies in the store's place and is not the library's, one sentence each. */
  readonly foreign: readonly string[];
}

/** One store's part in a switch. @public */
export interface StoreSwitch {
  /** The generation that is live before; `undefined` at the first switch. */
  readonly from: number | undefined;
  /** Its marker's revision, which an undo restores. */
  readonly fromRevision: number;
  readonly to: number;
  /** The marker revision of `to` before the switch, which an undo restores. */
  readonly toRevision: number;
  /** The intent's revision, which `commit` writes into the marker of `to`. */
  readonly revision: number;
}

/**
 * A named storage unit that is staged and switched as a whole. Argument and status checks, counting, sorting, merging,
 * leases and drains are the engine's; an adapter does I/O.
 *
 * No two calls overlap, but for reads through open generations, which go on all the time, and `discard` and `apply` of one
 * generation, which may overlap anything that concerns other generations only.
 *
 * @public
 */
export interface StagedStore<Reader = unknown> {
  /** What lies there. Changes no byte; may be called at any time. */
  inspect(): Promise<StoreInspection>;
  /** Step 1: creates an empty staged generation with its marker (revision 0). */
  stage(generation: number): Promise<GenerationWriter>;
  /**
   * Step 4a, after the writer has finished and every `OpenGeneration` of it is closed: makes the generation durable,
   * gives it its final name, builds indexes, analyses. Idempotent.
   */
  prepare(generation: number): Promise<void>;
  /**
   * Applies one batch to a ready generation, live, prepared or retained, in one commit that is durable (as far as the
   * store is) when it resolves. Readers see all of it or nothing; an iteration that was open before shows none of it. When
   * it rejects, nothing of it is in the store: so it does for a table that the store does not have, and for a generation
   * that is still staged, discarded or unknown.
   */
  apply(generation: number, batch: StoreBatch): Promise<void>;
  /**
   * Step 6: makes `to` the live generation and writes its marker, durably, in one step. Idempotent, and complete by
   * itself: recovery calls it with nothing open. Readers of other generations go on undisturbed.
   */
  commit(change: StoreSwitch): Promise<void>;
  /** Takes `commit` back, whether or not it was done. Idempotent. */
  undo(change: StoreSwitch): Promise<void>;
  /**
   * Opens a generation for reading: a staged one before `prepare` (for verification), or a ready one. The caller
   * closes it. Rejects with `REPROCESS_STORE_CORRUPT` when it is not there or damaged.
   */
  openGeneration(generation: number): Promise<OpenGeneration<Reader>>;
  /** Deletes a generation, staged (also half-made, also while its writer is open) or ready and closed. Idempotent. */
  discard(generation: number): Promise<void>;
  /** Bytes on disk, about; 0 when unknown. */
  sizeBytes(generation: number): Promise<number>;
  /** Takes what lies at `adopted.location` over as a live generation: writes its marker, copies nothing. Idempotent. */
  adopt?(adopted: AdoptedGeneration, revision: number): Promise<void>;
  /** Closes what the adapter still holds. May be called twice. */
  close(): Promise<void>;
}
