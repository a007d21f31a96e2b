import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { viewOf } from '../encodings/big-endian.ts';
import { FileTotals } from './file-totals.ts';
import type { RowBuilder } from './row-builder.ts';

/** A key that ends in a slash, with file-system paths on. In an OBS bucket it counts as a file. */
export interface Marker {
  readonly high: number;
  readonly low: number;
  readonly size: bigint;
  readonly replicated: bigint;
  /** Whether it makes a directory: its bucket is LEGACY, and nothing has its object id before it. */
  readonly isEffective: boolean;
}

/**
 * A row of `keyFolders`: what `keyTable` holds in one folder, whether or not there is a bucket or a marker for it. The
 * key is the start that the folder's keys have in common, `/volume/bucket/a/b/`: exactly the key of its marker. A row
 * exists if a key lies directly in the folder, or its marker is there. Without file-system paths the bucket is the only
 * folder.
 */
export interface Folder {
  /** The keys directly in the folder; markers do not count. */
  readonly totals: FileTotals;
  readonly marker: Marker | undefined;
}

export function markerOf(key: KeyInfo, isEffective: boolean): Marker {
  const { objectHigh: high, objectLow: low, sizeBig: size, replicatedBig: replicated } = key;
  return { high, low, size, replicated, isEffective };
}

const NO_MARKER = 0;
const IDLE_MARKER = 1;
const EFFECTIVE_MARKER = 2;
const MARKER_BYTES = 24;

export function writeFolder(row: RowBuilder, { totals, marker }: Folder): void {
  row.clear();
  if (marker === undefined) row.uint8(NO_MARKER);
  else {
    row.uint8(marker.isEffective ? EFFECTIVE_MARKER : IDLE_MARKER).int64(marker.high, marker.low);
    row.bigint(marker.size).bigint(marker.replicated);
  }
  row.int32(totals.files).bigint(totals.size.value).bigint(totals.replicated.value);
  totals.bins.forEach((count, bin) => {
    if (count !== 0) row.uint8(bin).int32(count);
  });
}

export function readFolder(value: Uint8Array): Folder {
  const view = viewOf(value);
  const marker = readMarker(value);
  let at = marker === undefined ? 1 : 1 + MARKER_BYTES;
  const totals = new FileTotals();
  totals.files = view.getInt32(at);
  totals.size.addBig(view.getBigInt64(at + 4));
  totals.replicated.addBig(view.getBigInt64(at + 12));
  for (at += 20; at < value.length; at += 5) totals.bins[view.getUint8(at)] = view.getInt32(at + 1);
  return { totals, marker };
}

/** The marker of a folder's row alone. */
export function readMarker(value: Uint8Array): Marker | undefined {
  if (value[0] === NO_MARKER) return undefined;
  const view = viewOf(value);
  return {
    high: view.getInt32(1),
    low: view.getInt32(5),
    size: view.getBigInt64(9),
    replicated: view.getBigInt64(17),
    isEffective: value[0] === EFFECTIVE_MARKER,
  };
}
