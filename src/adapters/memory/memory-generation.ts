import { StagedReprocessError } from '../../errors.ts';
import type { BulkWriter, GenerationWriter, RowBytes } from '../../store/generation-writer.ts';
import type { StoreBatch } from '../../store/store-batch.ts';
import type { StoreMarker } from '../../store/store.ts';
import type { Table } from '../../store/table.ts';
import { tableNamed } from '../../store/table.ts';
import type { SortedRows } from './sorted-rows.ts';
import { mergeWrites, sortRows } from './sorted-rows.ts';

/** The rows of all tables at one moment. */
export type TableContents = ReadonlyMap<string, SortedRows>;

/**
 * One generation of one store. Once its writer has finished, no array of rows ever changes: a batch puts new arrays in the
 * place of the old ones, which whoever has them goes on reading.
 */
export class MemoryGeneration implements GenerationWriter {
  marker: StoreMarker;
  /** `staged` until `prepare` has ended. */
  state: 'staged' | 'ready' = 'staged';
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #written: ReadonlyMap<string, RowBytes[]>;
  #contents: TableContents;
  #applied: string | undefined;
  #phase: 'writing' | 'finished' | 'discarded' = 'writing';

  constructor(marker: StoreMarker, tables: ReadonlyMap<string, Table>) {
    this.marker = marker;
    this.#tables = tables;
    this.#written = new Map([...tables.keys()].map((name) => [name, []]));
    this.#contents = this.#written;
  }

  get finished(): boolean {
    return this.#phase === 'finished';
  }

  /** Never changes: whoever keeps it has frozen the generation. */
  get contents(): TableContents {
    return this.#contents;
  }

  /** The `applied` of the last batch. */
  get applied(): string | undefined {
    return this.#applied;
  }

  table(name: string): BulkWriter {
    const rows = this.#written.get(tableNamed(this.#tables, name).name) ?? [];
    return {
      full: false,
      put: (key, keyLength, value, valueLength) => {
        this.#checkWriting();
        rows.push({ key: copied(key, keyLength), value: copied(value, valueLength) });
      },
      drain: async () => {
        this.#checkWriting();
      },
    };
  }

  async finish(): Promise<void> {
    this.#checkWriting();
    for (const rows of this.#written.values()) sortRows(rows);
    this.#phase = 'finished';
  }

  rows(name: string): SortedRows {
    return this.#contents.get(tableNamed(this.#tables, name).name) ?? [];
  }

  /** In one turn of the event loop, so that readers see all of the batch or nothing. */
  apply({ writes, applied }: StoreBatch): void {
    const contents = new Map(this.#contents);
    for (const { table, rows } of writes) {
      const { name } = tableNamed(this.#tables, table);
      contents.set(name, mergeWrites(contents.get(name) ?? [], rows));
    }
    this.#contents = contents;
    this.#applied = applied;
  }

  discard(): void {
    this.#phase = 'discarded';
  }

  #checkWriting(): void {
    if (this.#phase === 'writing') return;
    throw new StagedReprocessError(
      'REPROCESS_HANDLE_CLOSED',
      `The writer of generation ${this.marker.generation} is ${this.#phase}`,
    );
  }
}

/** Not `slice`, which makes a view of the caller's bytes when they are a Buffer. */
function copied(bytes: Uint8Array, length: number): Uint8Array {
  return Buffer.from(bytes.subarray(0, length));
}
