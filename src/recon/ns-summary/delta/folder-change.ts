import { FileTotals } from '../file-totals.ts';
import { readFolder, type Folder, type Marker } from '../folder-row.ts';
import type { BucketChange } from './bucket-changes.ts';

/** A row of `keyFolders` before and after a delta. */
export class FolderChange {
  readonly key: Uint8Array;
  readonly bucket: BucketChange;
  /** What the delta does to the keys directly in the folder. */
  readonly netFiles = new FileTotals();
  isLoaded = false;
  #before: Folder = { totals: new FileTotals(), marker: undefined };
  #marker: { readonly now: Marker | undefined } | undefined;

  constructor(key: Uint8Array, bucket: BucketChange) {
    this.key = key;
    this.bucket = bucket;
  }

  read(row: Uint8Array | undefined): void {
    this.isLoaded = true;
    if (row !== undefined) this.#before = readFolder(row);
  }

  get before(): Folder {
    return this.#before;
  }

  /** The marker as its row is after the delta; whether it is effective, it does not know. */
  get markerNow(): Marker | undefined {
    return this.#marker === undefined ? this.#before.marker : this.#marker.now;
  }

  setMarker(now: Marker | undefined): void {
    this.#marker = { now };
  }

  /** The folder after the delta. */
  after(isEffective: boolean): Folder {
    const totals = new FileTotals();
    totals.addTotals(this.#before.totals, 1);
    totals.addTotals(this.netFiles, 1);
    const marker = this.markerNow;
    return { totals, marker: marker === undefined ? undefined : { ...marker, isEffective } };
  }
}
