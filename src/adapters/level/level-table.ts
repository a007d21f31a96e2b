import type { AbstractIterator } from 'abstract-level';
import { StagedReprocessError } from '../../errors.ts';
import { expected } from '../../store/expected.ts';
import type { ReadonlyTable, Table, TableIterator, TableRange } from '../../store/table.ts';
import { encodeTableRange } from '../../store/table-range.ts';
import type { LevelBytes } from './level-database.ts';

type Snapshot = ReturnType<LevelBytes['snapshot']>;
type BytesIterator = AbstractIterator<LevelBytes, Uint8Array, Uint8Array>;

/** What the tables of one view share. */
export interface ViewState {
  /** Throws when the view may not be read any more. */
  readonly guard: () => void;
  /** Fixes the data of a frozen view. */
  readonly snapshot: Snapshot | undefined;
  /** What is still open; the view closes it at its end. */
  readonly iterators: Set<BytesIterator>;
}

/** One table of one view. */
export class LevelTable implements ReadonlyTable<unknown, unknown> {
  readonly #table: Table;
  readonly #bytes: LevelBytes;
  readonly #state: ViewState;

  constructor(table: Table, bytes: LevelBytes, state: ViewState) {
    this.#table = table;
    this.#bytes = bytes;
    this.#state = state;
  }

  async get(key: unknown): Promise<unknown> {
    this.#state.guard();
    const value = await this.#bytes.get(this.#table.key.encode(key), this.#options());
    return value === undefined ? undefined : this.#table.value.decode(value);
  }

  async getMany(keys: readonly unknown[]): Promise<unknown[]> {
    this.#state.guard();
    const encoded = keys.map((key) => this.#table.key.encode(key));
    const values = await this.#bytes.getMany(encoded, this.#options());
    return values.map((value) => (value === undefined ? undefined : this.#table.value.decode(value)));
  }

  async has(key: unknown): Promise<boolean> {
    this.#state.guard();
    return this.#bytes.has(this.#table.key.encode(key), this.#options());
  }

  iterator(range?: TableRange<unknown>): TableIterator<[key: unknown, value: unknown]> {
    const { key, value } = this.#table;
    return this.#iterate(range, (row) => [key.decode(row[0]), value.decode(row[1])]);
  }

  keys(range?: TableRange<unknown>): TableIterator<unknown> {
    return this.#iterate(range, (row) => this.#table.key.decode(row[0]), { values: false });
  }

  values(range?: TableRange<unknown>): TableIterator<unknown> {
    return this.#iterate(range, (row) => this.#table.value.decode(row[1]));
  }

  #iterate<T>(
    range: TableRange<unknown> | undefined,
    decode: (row: [Uint8Array, Uint8Array]) => T,
    what: { readonly values?: boolean } = {},
  ): TableIterator<T> {
    this.#state.guard();
    const { limit, ...bounds } = encodeTableRange(this.#table, range);
    const options = { ...bounds, ...what, ...this.#options(), limit: limit === Infinity ? -1 : limit };
    return new LevelIterator(this.#bytes.iterator(options), this.#state, decode);
  }

  #options(): { readonly snapshot?: Snapshot } {
    const { snapshot } = this.#state;
    return snapshot === undefined ? {} : { snapshot };
  }
}

class LevelIterator<T> implements TableIterator<T> {
  readonly #iterator: BytesIterator;
  readonly #state: ViewState;
  readonly #decode: (row: [Uint8Array, Uint8Array]) => T;
  #closed = false;

  constructor(iterator: BytesIterator, state: ViewState, decode: (row: [Uint8Array, Uint8Array]) => T) {
    this.#iterator = iterator;
    this.#state = state;
    this.#decode = decode;
    state.iterators.add(iterator);
  }

  async next(): Promise<T | undefined> {
    return (await this.#take(1))[0];
  }

  async nextv(size: number): Promise<T[]> {
    if (!Number.isSafeInteger(size) || size < 1) throw expected('size', 'an integer of at least 1', size);
    return this.#take(size);
  }

  async all(): Promise<T[]> {
    const items: T[] = [];
    try {
      for (let some = await this.#take(1000); some.length > 0; some = await this.#take(1000))
        items.push(...some);
    } finally {
      await this.close();
    }
    return items;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#state.iterators.delete(this.#iterator);
    await this.#iterator.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      for (let some = await this.#take(100); some.length > 0; some = await this.#take(100)) yield* some;
    } finally {
      await this.close();
    }
  }

  async #take(size: number): Promise<T[]> {
    this.#state.guard();
    if (this.#closed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The iterator is closed');
    const rows = await this.#iterator.nextv(size);
    // Released meanwhile: LevelDB ends a closed iterator quietly, which would look like the end of the table.
    this.#state.guard();
    return rows.map((row) => this.#decode(row));
  }
}
