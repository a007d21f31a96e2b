import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { GenerationView, OpenGeneration } from '../../store/open-generation.ts';
import type { ReadonlyTable, Table, TableDefinitions, TableReader } from '../../store/table.ts';
import type { Decoded } from '../../store/table-encoding.ts';
import { tableNamed } from '../../store/table.ts';
import type { MemoryGeneration } from './memory-generation.ts';
import { MemoryTable } from './memory-table.ts';
import { findRow } from './sorted-rows.ts';

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

  /** Every view is frozen, because a generation never changes. */
  view(check: () => void): GenerationView<TableReader<T>> {
    this.#checkOpen();
    let released = false;
    const guard = (): void => {
      check();
      if (released || this.#closed) {
        throw new StagedReprocessError('REPROCESS_LEASE_RELEASED', 'The lease of this reader has ended');
      }
    };
    const table: TableReader<T>['table'] = <N extends Extract<keyof T, string>>(name: N) =>
      // The encodings of this table's definition are what gives these types.
      new MemoryTable(tableNamed(this.#tables, name), this.#data.rows(name), guard) as ReadonlyTable<
        Decoded<T[N]['keyEncoding']>,
        Decoded<T[N]['valueEncoding']>
      >;
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
    this.#checkOpen();
    const row = findRow(this.#data.rows(table), key);
    return row === undefined ? undefined : Buffer.from(row.value);
  }

  async *rows(table: string): AsyncGenerator<readonly RowBytes[], void, undefined> {
    this.#checkOpen();
    const rows = this.#data.rows(table);
    for (let start = 0; start < rows.length; start += ROWS_PER_BATCH) {
      this.#checkOpen();
      yield rows
        .slice(start, start + ROWS_PER_BATCH)
        .map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `Generation ${this.generation} is closed`);
  }
}
