import { StagedReprocessError } from '../errors.ts';
import { BATCH_BYTES, BATCH_ROWS, scanBatches } from './scan-batches.ts';
import type { ScanOptions, ScanVisitor, SourceSnapshot } from './source.ts';

/** Rows by the bytes of their keys; never changed once made. */
export type SortedSourceRows = readonly { readonly key: Uint8Array; readonly value: Uint8Array }[];

/** A frozen view of a memory source. */
export class MemorySnapshot implements SourceSnapshot {
  readonly sequence: bigint;
  readonly history?: string;
  readonly tables: readonly string[];
  readonly #rows: ReadonlyMap<string, SortedSourceRows>;
  readonly #onClose: () => void;
  #closed = false;

  constructor(
    sequence: bigint,
    history: string | undefined,
    rows: ReadonlyMap<string, SortedSourceRows>,
    onClose: () => void,
  ) {
    this.sequence = sequence;
    if (history !== undefined) this.history = history;
    this.tables = [...rows.keys()];
    this.#rows = rows;
    this.#onClose = onClose;
  }

  estimateRows(table: string): number {
    return this.#of(table).length;
  }

  estimateBytes(): number {
    let bytes = 0;
    for (const rows of this.#rows.values()) {
      for (const { key, value } of rows) bytes += key.length + value.length;
    }
    return bytes;
  }

  async scan(table: string, visitor: ScanVisitor, options?: ScanOptions): Promise<void> {
    const rows = this.#of(table);
    let index = 0;
    await scanBatches(
      (batch) => {
        this.#checkOpen();
        while (batch.length < BATCH_ROWS && batch.bytes < BATCH_BYTES) {
          const row = rows[index];
          if (row === undefined) return false;
          batch.push(row.key, row.value);
          index += 1;
        }
        return index < rows.length;
      },
      visitor,
      options,
    );
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    const rows = this.#of(table);
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = rows[middle];
      if (row === undefined) return undefined;
      const order = Buffer.compare(row.key, key);
      if (order === 0) return Buffer.from(row.value);
      if (order < 0) low = middle + 1;
      else high = middle;
    }
    return undefined;
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#onClose();
  }

  #of(table: string): SortedSourceRows {
    return this.#rows.get(table) ?? [];
  }

  #checkOpen(): void {
    if (this.#closed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The snapshot is closed');
  }
}
