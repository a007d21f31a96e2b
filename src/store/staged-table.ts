import type { BulkWriter } from './generation-writer.ts';
import { RowDigest } from './row-digest.ts';
import { RowSample } from './row-sample.ts';
import { SortedRows } from './sorted-rows.ts';
import type { TableLayout } from './store.ts';

export interface StagedTableOptions {
  readonly spillDirectory: string | undefined;
  readonly runBytes: number;
  /** Whether every row is hashed, for `verify: 'full'`. */
  readonly digest: boolean;
  readonly sampleRows: number;
  readonly seed: number;
  /** Makes of what the store threw an error that says which store it was. */
  readonly told: (error: unknown) => unknown;
}

/**
 * One table of a staged generation as the engine sees it: sorts what needs sorting, and keeps count of every row that
 * reaches the store, so that verification knows what must be there.
 */
export class StagedTable {
  readonly name: string;
  readonly sample: RowSample;
  readonly digest: RowDigest | undefined;
  readonly #layout: TableLayout;
  readonly #writer: BulkWriter;
  readonly #sorted: SortedRows;
  readonly #told: (error: unknown) => unknown;
  #written = 0;
  #failure: { readonly error: unknown } | undefined;

  constructor(layout: TableLayout, writer: BulkWriter, options: StagedTableOptions) {
    this.name = layout.name;
    this.#layout = layout;
    this.#writer = writer;
    this.#told = options.told;
    this.sample = new RowSample(options.sampleRows, options.seed);
    this.digest = options.digest ? new RowDigest() : undefined;
    this.#sorted = new SortedRows({
      table: layout.name,
      merge: layout.merge,
      spillDirectory: options.spillDirectory,
      runBytes: options.runBytes,
    });
  }

  /** Rows that have reached the store; each has a key of its own. */
  get written(): number {
    return this.#written;
  }

  /** Whether ascending rows may go straight to the store: not where rows of several tasks must be merged. */
  get streams(): boolean {
    return this.#layout.merge === undefined;
  }

  /** Takes a row in any order. Returns a promise when the caller should wait. */
  add(
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
    origin: number,
  ): Promise<void> | undefined {
    this.#sorted.put(key, keyLength, value, valueLength, origin);
    return this.#sorted.full ? this.#remember(this.#sorted.drain()) : undefined;
  }

  /** Writes a row whose key no other row has. Returns a promise when the caller should wait. */
  readonly write = (
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
  ): Promise<void> | undefined => {
    try {
      this.#writer.put(key, keyLength, value, valueLength);
    } catch (error) {
      throw this.#told(error);
    }
    this.#written += 1;
    this.sample.add(key, keyLength, value, valueLength);
    this.digest?.add(key, keyLength, value, valueLength);
    return this.#writer.full ? this.#remember(this.#writer.drain()) : undefined;
  };

  /** Resolves when there is room again, in the sorter and in the store. */
  async drain(): Promise<void> {
    this.#throwFailure();
    try {
      if (this.#sorted.full) await this.#sorted.drain();
      if (this.#writer.full) await this.#writer.drain();
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** Merges what was added into the store. */
  async finish(): Promise<void> {
    this.#throwFailure();
    await this.#sorted.finish(this.write);
    this.#throwFailure();
  }

  /** Removes what was spilled. */
  async discard(): Promise<void> {
    await this.#sorted.discard();
  }

  /** A task may ignore the promise of `put`: its failure then comes with the next wait, and never as an unhandled one. */
  #remember(drained: Promise<void>): Promise<void> {
    const waiting = drained.catch((error: unknown) => {
      const told = this.#told(error);
      this.#failure ??= { error: told };
      throw told;
    });
    waiting.catch(() => undefined);
    return waiting;
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
