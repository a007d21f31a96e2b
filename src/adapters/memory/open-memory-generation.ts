import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type {
  FrozenRows,
  GenerationView,
  KeyRange,
  OpenGeneration,
  ViewOptions,
} from '../../store/open-generation.ts';
import type { ReadonlyTable, Table, TableDefinitions, TableReader } from '../../store/table.ts';
import type { Decoded } from '../../store/table-encoding.ts';
import { tableNamed } from '../../store/table.ts';
import type { MemoryGeneration } from './memory-generation.ts';
import { MemoryTable } from './memory-table.ts';
import { findRow, rangeIndexes, type SortedRows } from './sorted-rows.ts';

const ROWS_PER_BATCH = 256;

/** A generation opened for reading; its rows stay in memory until the last reader lets go of them. */
export class OpenMemoryGeneration<T extends TableDefinitions> implements OpenGeneration<TableReader<T>> {
  readonly generation: number;
  readonly #data: MemoryGeneration;
  readonly #tables: ReadonlyMap<string, Table>;
  #closed = false;

  constructor(data: MemoryGeneration, tables: ReadonlyMap<string, Table>) {
    this.generation = data.marker.generation;
    this.#data = data;
    this.#tables = tables;
  }

  view(check: () => void, options: ViewOptions): GenerationView<TableReader<T>> {
    this.#checkOpen();
    const frozen = options.frozen ? this.#data.contents : undefined;
    let released = false;
    const guard = (): void => {
      check();
      if (released || this.#closed) {
        throw new StagedReprocessError('REPROCESS_LEASE_RELEASED', 'The lease of this reader has ended');
      }
    };
    const table: TableReader<T>['table'] = <N extends Extract<keyof T, string>>(name: N) => {
      const rows = (): SortedRows => (frozen ?? this.#data.contents).get(name) ?? [];
      // The encodings of this table's definition are what gives these types.
      return new MemoryTable(tableNamed(this.#tables, name), rows, guard) as ReadonlyTable<
        Decoded<T[N]['keyEncoding']>,
        Decoded<T[N]['valueEncoding']>
      >;
    };
    return {
      reader: { table },
      release: () => {
        released = true;
      },
    };
  }

  async count(table: string): Promise<number> {
    this.#checkOpen();
    return this.#data.rows(table).length;
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return (await this.getMany(table, [key]))[0];
  }

  async getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen();
    const rows = this.#data.rows(table);
    return keys.map((key) => {
      const row = findRow(rows, key);
      return row === undefined ? undefined : Buffer.from(row.value);
    });
  }

  async *rows(table: string, range?: KeyRange): AsyncGenerator<readonly RowBytes[], void, undefined> {
    const check = (): void => {
      this.#checkOpen();
    };
    check();
    yield* batches(this.#data.rows(table), range, check);
  }

  freeze(): FrozenRows {
    this.#checkOpen();
    const { contents } = this.#data;
    const tables = this.#tables;
    let closed = false;
    const check = (): void => {
      if (closed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The frozen rows are closed');
      this.#checkOpen();
    };
    return {
      async *rows(table) {
        check();
        yield* batches(contents.get(tableNamed(tables, table).name) ?? [], undefined, check);
      },
      close: async () => {
        closed = true;
      },
    };
  }

  async applied(): Promise<string | undefined> {
    this.#checkOpen();
    return this.#data.applied;
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `Generation ${this.generation} is closed`);
  }
}

/** Copies of the rows of a range. `check` throws when there must be no more of them. */
function* batches(
  rows: SortedRows,
  range: KeyRange = {},
  check: () => void,
): Generator<readonly RowBytes[], void, undefined> {
  const { start, end } = rangeIndexes(rows, range);
  const { reverse = false, limit = Infinity } = range;
  const count = Math.min(end - start, limit);
  const [from, to] = reverse ? [end - count, end] : [start, start + count];
  for (let done = 0; done < count; done += ROWS_PER_BATCH) {
    const size = Math.min(ROWS_PER_BATCH, count - done);
    const first = reverse ? to - done - size : from + done;
    const batch = rows
      .slice(first, first + size)
      .map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
    yield reverse ? batch.reverse() : batch;
    check();
  }
}
