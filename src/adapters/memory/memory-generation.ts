import { StagedReprocessError } from '../../errors.ts';
import type { BulkWriter, GenerationWriter, RowBytes } from '../../store/generation-writer.ts';
import type { StoreMarker } from '../../store/store.ts';
import type { Table } from '../../store/table.ts';
import { tableNamed } from '../../store/table.ts';
import type { SortedRows } from './sorted-rows.ts';
import { sortRows } from './sorted-rows.ts';

/** One generation of one store. Its rows never change once its writer has finished. */
export class MemoryGeneration implements GenerationWriter {
  marker: StoreMarker;
  /** `staged` until `prepare` has ended. */
  state: 'staged' | 'ready' = 'staged';
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #rows: ReadonlyMap<string, RowBytes[]>;
  #phase: 'writing' | 'finished' | 'discarded' = 'writing';

  constructor(marker: StoreMarker, tables: ReadonlyMap<string, Table>) {
    this.marker = marker;
    this.#tables = tables;
    this.#rows = new Map([...tables.keys()].map((name) => [name, []]));
  }

  get finished(): boolean {
    return this.#phase === 'finished';
  }

  table(name: string): BulkWriter {
    const rows = this.#of(name);
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
    for (const rows of this.#rows.values()) sortRows(rows);
    this.#phase = 'finished';
  }

  rows(name: string): SortedRows {
    return this.#of(name);
  }

  discard(): void {
    this.#phase = 'discarded';
  }

  #of(name: string): RowBytes[] {
    return this.#rows.get(tableNamed(this.#tables, name).name) ?? [];
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
