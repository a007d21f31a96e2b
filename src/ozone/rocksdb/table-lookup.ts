import { readBlock } from './block.ts';
import { compareBytes, compareSlices } from './byte-order.ts';
import { EntryBlock } from './entry-block.ts';
import type { EntryRun } from './entry-run.ts';
import { SourceFile } from './source-file.ts';
import type { Table } from './table.ts';
import type { TableIo } from './table-io.ts';
import type { DataBlocks } from './table-index.ts';
import { readIndex } from './table-index.ts';

/** The newest version of a key in one source. The value is a view. */
export interface Version {
  readonly kind: number;
  readonly sequence: number;
  readonly value: Uint8Array;
}

/** About 100 bytes each. */
const CACHED_BLOCK_PLACES = 100_000;

/** Looks single keys up in tables. Keeps the indexes that were used last; opens files only for the time of a look-up. */
export class TableLookup {
  readonly #io: TableIo;
  readonly #indexes = new Map<string, DataBlocks>();
  #cachedPlaces = 0;

  constructor(io: TableIo) {
    this.#io = io;
  }

  async find(table: Table, key: Uint8Array): Promise<Version | undefined> {
    const { smallest, largest } = table.file;
    if (compareBytes(key, smallest.userKey) < 0 || compareBytes(key, largest.userKey) > 0) return undefined;
    const file = await SourceFile.open(table.path, table.file.sizeBytes);
    try {
      const { offsets, sizes, separators } = await this.#index(table, file);
      // The newest version of a key lies in the first block that may hold it; older ones may follow in the next.
      const i = lowerBound(separators.length, (block) => compareBytes(separators[block] ?? key, key) < 0);
      const offset = offsets[i];
      if (offset === undefined) return undefined;
      const handle = { offset, sizeBytes: sizes[i] ?? 0 };
      const bytes = await readBlock(file, handle, table.checksum, this.#io.checksums);
      const block = new EntryBlock();
      block.decode(bytes, 0, bytes.length, table.path, offset);
      return newestVersion(block, key);
    } finally {
      await file.close();
    }
  }

  async #index(table: Table, file: SourceFile): Promise<DataBlocks> {
    const cached = this.#indexes.get(table.path);
    const index = cached ?? (await readIndex(file, table, this.#io.checksums, true));
    if (this.#indexes.delete(table.path)) this.#cachedPlaces -= index.offsets.length;
    this.#indexes.set(table.path, index); // last again
    this.#cachedPlaces += index.offsets.length;
    for (const [path, { offsets }] of this.#indexes) {
      if (this.#cachedPlaces <= CACHED_BLOCK_PLACES) break;
      this.#indexes.delete(path);
      this.#cachedPlaces -= offsets.length;
    }
    return index;
  }
}

/** Finds the newest version of a key in sorted entries. */
export function newestVersion(run: EntryRun, key: Uint8Array): Version | undefined {
  const against = (row: number): number =>
    compareSlices(run.keys, run.keyStarts[row] ?? 0, run.keyEnds[row] ?? 0, key, 0, key.length);
  const row = lowerBound(run.length, (candidate) => against(candidate) < 0);
  if (row === run.length || against(row) !== 0) return undefined;
  return {
    kind: run.kinds[row] ?? 0,
    sequence: run.sequences[row] ?? 0,
    value: run.values.subarray(run.valueStarts[row], run.valueEnds[row]),
  };
}

/** The first index for which `isBelow` is false. */
function lowerBound(length: number, isBelow: (index: number) => boolean): number {
  let low = 0;
  for (let high = length; low < high;) {
    const middle = (low + high) >>> 1;
    if (isBelow(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
