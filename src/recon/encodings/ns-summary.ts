import { int64Bytes, putInt32, readInt64, viewOf } from './big-endian.ts';
import { FILE_SIZE_BINS } from './file-size-bins.ts';

/** Bytes of a row before its children: counts, total size, number of bins, bins. */
export const NS_SUMMARY_HEAD_BYTES = 4 + 8 + 2 + 4 * FILE_SIZE_BINS;

/** Bytes of a row without children and name. */
export const NS_SUMMARY_FIXED_BYTES = NS_SUMMARY_HEAD_BYTES + 4 + 4 + 8 + 8;

/**
 * One row of `namespaceSummaryTable`: a bucket or a directory.
 *
 * @see org.apache.hadoop.ozone.recon.api.types.NSSummary
 * @public
 */
export interface NSSummary {
  /** Files in the whole subtree. */
  readonly numOfFiles: number;
  /** Bytes of the files in the whole subtree. */
  readonly sizeOfFiles: bigint;
  /** The same with all replicas; -1 in rows of old Recon versions, where it was not known. */
  readonly replicatedSizeOfFiles: bigint;
  /** 41 counts of the *direct* files, by size. */
  readonly fileSizeBucket: readonly number[];
  /** Object ids of the direct sub-directories; a set, written in ascending byte order. */
  readonly childDir: readonly bigint[];
  /** Last component of the path (FSO), the whole path in the bucket (LEGACY), or "" (buckets). */
  readonly dirName: string;
  /** Object id of the parent; 0 for buckets. */
  readonly parentId: bigint;
}

/** The key of a row: the object id. @public */
export function encodeNSSummaryKey(objectId: bigint): Uint8Array {
  return int64Bytes(objectId);
}

/** The object id in a row's key. Throws `TypeError` when the key has not 8 bytes. @public */
export function decodeNSSummaryKey(key: Uint8Array): bigint {
  return readInt64(key, 'a key of namespaceSummaryTable');
}

/**
 * The bytes of a row, as Recon's `NSSummaryCodec` writes them, with the children sorted.
 *
 * @public
 */
export function encodeNSSummary(summary: NSSummary): Uint8Array {
  if (summary.fileSizeBucket.length !== FILE_SIZE_BINS) {
    throw new TypeError(
      `Expected \`fileSizeBucket\` to be ${String(FILE_SIZE_BINS)} counts, got ${String(summary.fileSizeBucket.length)}`,
    );
  }
  const name = new TextEncoder().encode(summary.dirName);
  const bytes = new Uint8Array(NS_SUMMARY_FIXED_BYTES + 8 * summary.childDir.length + name.length);
  const view = viewOf(bytes);
  view.setInt32(0, summary.numOfFiles);
  view.setBigInt64(4, summary.sizeOfFiles);
  view.setInt16(12, FILE_SIZE_BINS);
  let at = 14;
  for (const count of summary.fileSizeBucket) at = putInt32(bytes, at, count);
  at = putInt32(bytes, at, summary.childDir.length);
  const unsigned = BigUint64Array.from(summary.childDir.map((id) => BigInt.asUintN(64, id))).sort();
  for (const id of unsigned) {
    view.setBigUint64(at, id);
    at += 8;
  }
  at = putInt32(bytes, at, name.length);
  bytes.set(name, at);
  at += name.length;
  view.setBigInt64(at, summary.parentId);
  view.setBigInt64(at + 8, summary.replicatedSizeOfFiles);
  return bytes;
}

/**
 * Reads a row's bytes, also those of old Recon versions, which end after the name or after the parent. Throws
 * `TypeError` when they are not such a row.
 *
 * @public
 */
export function decodeNSSummary(bytes: Uint8Array): NSSummary {
  const view = viewOf(bytes);
  let at = 0;
  const take = (length: number): number => {
    const start = at;
    at += length;
    if (length >= 0 && at <= bytes.length) return start;
    throw new TypeError(
      `Expected a row of namespaceSummaryTable, got ${String(bytes.length)} bytes that are none`,
    );
  };
  const int32 = (): number => view.getInt32(take(4));
  const int64 = (): bigint => view.getBigInt64(take(8));
  const numOfFiles = int32();
  const sizeOfFiles = int64();
  const bins = view.getInt16(take(2));
  const firstBin = take(4 * bins);
  const fileSizeBucket = Array.from({ length: bins }, (_, bin) => view.getInt32(firstBin + 4 * bin));
  const children = int32();
  const firstChild = take(8 * children);
  const childDir = Array.from({ length: children }, (_, child) => view.getBigInt64(firstChild + 8 * child));
  const nameLength = int32();
  const nameStart = take(nameLength);
  const dirName = new TextDecoder().decode(bytes.subarray(nameStart, nameStart + nameLength));
  const parentId = bytes.length - at >= 8 ? int64() : -1n;
  const replicatedSizeOfFiles = bytes.length - at >= 8 ? int64() : -1n;
  return { numOfFiles, sizeOfFiles, replicatedSizeOfFiles, fileSizeBucket, childDir, dirName, parentId };
}
