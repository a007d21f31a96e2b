import { StagedReprocessError } from '../../errors.ts';
import { expected } from '../../store/expected.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { ReadonlyTable, Table, TableIterator, TableRange } from '../../store/table.ts';
import type { ByteRange } from '../../store/table-range.ts';
import { encodeTableRange } from '../../store/table-range.ts';
import type { SortedRows } from './sorted-rows.ts';
import { findRow, rangeIndexes } from './sorted-rows.ts';

/**
 * One table of one view. `rows` gives the rows as they are to be seen now; an iteration keeps those of its beginning.
 * `guard` throws when the view may not be read any more.
 */
export class MemoryTable implements ReadonlyTable<unknown, unknown> {
  readonly #table: Table;
  readonly #rows: () => SortedRows;
  readonly #guard: () => void;

  constructor(table: Table, rows: () => SortedRows, guard: () => void) {
    this.#table = table;
    this.#rows = rows;
    this.#guard = guard;
  }

  async get(key: unknown): Promise<unknown> {
    const row = this.#find(key);
    return row === undefined ? undefined : this.#table.value.decode(row.value);
  }

  async getMany(keys: readonly unknown[]): Promise<unknown[]> {
    this.#guard();
    return Promise.all(keys.map((key) => this.get(key)));
  }

  async has(key: unknown): Promise<boolean> {
    return this.#find(key) !== undefined;
  }

  iterator(range?: TableRange<unknown>): TableIterator<[key: unknown, value: unknown]> {
    const { key, value } = this.#table;
    return this.#iterate(range, (row) => [key.decode(row.key), value.decode(row.value)]);
  }

  keys(range?: TableRange<unknown>): TableIterator<unknown> {
    return this.#iterate(range, (row) => this.#table.key.decode(row.key));
  }

  values(range?: TableRange<unknown>): TableIterator<unknown> {
    return this.#iterate(range, (row) => this.#table.value.decode(row.value));
  }

  #find(key: unknown): RowBytes | undefined {
    this.#guard();
    return findRow(this.#rows(), this.#table.key.encode(key));
  }

  #iterate<T>(range: TableRange<unknown> | undefined, decode: (row: RowBytes) => T): TableIterator<T> {
    this.#guard();
    return new MemoryIterator(this.#rows(), encodeTableRange(this.#table, range), decode, this.#guard);
  }
}

class MemoryIterator<T> implements TableIterator<T> {
  readonly #rows: SortedRows;
  readonly #decode: (row: RowBytes) => T;
  readonly #guard: () => void;
  readonly #step: 1 | -1;
  #index: number;
  #left: number;
  #closed = false;

  constructor(rows: SortedRows, range: ByteRange, decode: (row: RowBytes) => T, guard: () => void) {
    const { start, end } = rangeIndexes(rows, range);
    this.#rows = rows;
    this.#decode = decode;
    this.#guard = guard;
    this.#step = range.reverse ? -1 : 1;
    this.#index = range.reverse ? end - 1 : start;
    this.#left = Math.min(end - start, range.limit);
  }

  async next(): Promise<T | undefined> {
    return this.#take(1)[0];
  }

  async nextv(size: number): Promise<T[]> {
    if (!Number.isSafeInteger(size) || size < 1) throw expected('size', 'an integer of at least 1', size);
    return this.#take(size);
  }

  async all(): Promise<T[]> {
    const items = this.#take(Infinity);
    this.#closed = true;
    return items;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    try {
      // Not by `next`: a decoded row may itself be `undefined`.
      for (let items = this.#take(1); items.length > 0; items = this.#take(1)) yield* items;
    } finally {
      this.#closed = true;
    }
  }

  #take(size: number): T[] {
    this.#guard();
    if (this.#closed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The iterator is closed');
    const items: T[] = [];
    for (let row = this.#rows[this.#index]; row !== undefined && this.#left > 0 && items.length < size;) {
      items.push(this.#decode(row));
      this.#left -= 1;
      this.#index += this.#step;
      row = this.#rows[this.#index];
    }
    return items;
  }
}
