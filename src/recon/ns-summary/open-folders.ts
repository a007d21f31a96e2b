import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { Sink } from '../../task/context.ts';
import { FileTotals } from './file-totals.ts';
import { writeFolder, type Marker } from './folder-row.ts';
import { RowBuilder } from './row-builder.ts';

/** A folder that the scan is in, and the node that its marker stands for, or -1. */
interface OpenFolder {
  key: Uint8Array;
  length: number;
  marker: Marker | undefined;
  node: number;
  readonly totals: FileTotals;
}

/**
 * The folders of `keyTable` that the scan is in. Rows come in key order, a marker `a/b/` sorts before everything that
 * starts with it, and all that is contiguous: so the open folders are a stack, each a prefix of the next, and neither a
 * parent nor what a folder holds ever has to be looked up. A folder's row is written when the scan leaves it.
 */
export class OpenFolders {
  readonly #sink: Sink;
  readonly #folders: OpenFolder[] = [];
  readonly #row = new RowBuilder();
  #depth = 0;

  constructor(sink: Sink) {
    this.#sink = sink;
  }

  /** Leaves the folders that the key `bytes[start .. end)` is not in. */
  moveTo(bytes: Uint8Array, start: number, end: number): void {
    for (; this.#depth > 0; this.#depth--) {
      const folder = this.#folders[this.#depth - 1];
      if (folder === undefined || startsWith(bytes, start, end, folder)) return;
      this.#write(folder);
    }
  }

  /** Leaves all folders. */
  leave(): void {
    this.moveTo(new Uint8Array(0), 0, 0);
  }

  /** The node of the marker of this length that the key given to `moveTo` is below, or -1. */
  node(length: number): number {
    return this.#find(length)?.node ?? -1;
  }

  /** Opens the folder of the marker `bytes[start .. end)`, which `moveTo` has got. */
  addMarker(bytes: Uint8Array, start: number, end: number, marker: Marker, node: number): void {
    const folder = this.#open(bytes, start, end);
    folder.marker = marker;
    folder.node = node;
  }

  /** Adds a key to the folder `bytes[start .. end)`, the one directly above the key that `moveTo` has got. */
  addKey(bytes: Uint8Array, start: number, end: number, key: KeyInfo): void {
    const folder = this.#find(end - start) ?? this.#open(bytes, start, end);
    folder.totals.addKey(key, 1);
  }

  #find(length: number): OpenFolder | undefined {
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const folder = this.#folders[depth];
      if (folder === undefined || folder.length < length) return undefined;
      if (folder.length === length) return folder;
    }
    return undefined;
  }

  #open(bytes: Uint8Array, start: number, end: number): OpenFolder {
    const length = end - start;
    let folder = this.#folders[this.#depth];
    if (folder === undefined) {
      folder = {
        key: new Uint8Array(length * 2),
        length,
        marker: undefined,
        node: -1,
        totals: new FileTotals(),
      };
      this.#folders.push(folder);
    }
    if (folder.key.length < length) folder.key = new Uint8Array(length * 2);
    folder.key.set(bytes.subarray(start, end));
    folder.length = length;
    folder.marker = undefined;
    folder.node = -1;
    folder.totals.clear();
    this.#depth++;
    return folder;
  }

  #write(folder: OpenFolder): void {
    writeFolder(this.#row, folder);
    void this.#sink.putBytes(folder.key, folder.length, this.#row.bytes, this.#row.length);
  }
}

/** Compares from the end: neighbours in a table differ there. */
function startsWith(bytes: Uint8Array, start: number, end: number, { key, length }: OpenFolder): boolean {
  if (length > end - start) return false;
  for (let at = length - 1; at >= 0; at--) if (key[at] !== bytes[start + at]) return false;
  return true;
}
