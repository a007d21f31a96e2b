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

const NO_KEY = new Uint8Array(0);

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

  /** The newest version of each key, in the order of the keys, which must ascend: then each block is read once. */
  async findMany(table: Table, keys: readonly Uint8Array[]): Promise<readonly (Version | undefined)[]> {
    const { smallest, largest } = table.file;
    const first = lowerBound(keys.length, (i) => compareBytes(keys[i] ?? NO_KEY, smallest.userKey) < 0);
    const end = lowerBound(keys.length, (i) => compareBytes(keys[i] ?? NO_KEY, largest.userKey) <= 0);
    const versions = new Array<Version | undefined>(keys.length);
    if (first >= end) return versions;
    const file = await SourceFile.open(table.path, table.file.sizeBytes);
    try {
      const { offsets, sizes, separators } = await this.#index(table, file);
      let block = new EntryBlock();
      let at = -1;
      for (let i = first; i < end; i++) {
        const key = keys[i] ?? NO_KEY;
        // The newest version of a key lies in the first block that may hold it; older ones may follow in the next.
        const wanted = lowerBound(separators.length, (one) => compareBytes(separators[one] ?? key, key) < 0);
        const offset = offsets[wanted];
        if (offset === undefined) continue;
        if (wanted !== at) {
          const handle = { offset, sizeBytes: sizes[wanted] ?? 0 };
          const bytes = await readBlock(file, handle, table.checksum, this.#io.checksums);
          // A new one: versions that were found are views of the one before.
          block = new EntryBlock();
          block.decode(bytes, 0, bytes.length, table.path, offset);
          at = wanted;
        }
        versions[i] = newestVersion(block, key);
      }
      return versions;
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
