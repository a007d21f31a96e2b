/** Number of bins of `fileSizeBucket` in an NSSummary row. @public */
export const FILE_SIZE_BINS = 41;

/** Number of upper bounds: the last bin of an NSSummary row has two of them. */
export const FILE_SIZE_BOUNDS = 42;

const TWO_32 = 4294967296;
const PIB = 2 ** 50;
const MAX_LONG = 9223372036854775807n;

/**
 * Index of the upper bound of a size in bytes: 0 holds 0 to 1 KiB, `i` the sizes above 2^(9+i) up to 2^(10+i), 40 those
 * above 2^49 and below 2^50, and 41 those from 2^50 (1 PiB) on.
 */
export function fileSizeBoundIndex(sizeBytes: number): number {
  if (sizeBytes <= 1024) return 0;
  if (sizeBytes >= PIB) return FILE_SIZE_BOUNDS - 1;
  // ceil(log2 n) without rounding: the bit length of n - 1.
  const below = sizeBytes - 1;
  if (below < TWO_32) return 22 - Math.clz32(below);
  return 54 - Math.clz32(Math.floor(below / TWO_32));
}

/** The upper bound in bytes of an index that `fileSizeBoundIndex` gave. */
export function boundOfIndex(index: number): bigint {
  return index === FILE_SIZE_BOUNDS - 1 ? MAX_LONG : 1n << BigInt(10 + index);
}

/**
 * The bin (0 to 40) of `fileSizeBucket` that a file of this size in bytes is counted in. Bin 0 holds 0 to 1 KiB, bin
 * `i` the sizes above 2^(9+i) up to 2^(10+i), bin 40 everything above 2^49. Throws `TypeError` when the size is
 * negative or not a whole number.
 *
 * @see org.apache.hadoop.ozone.recon.ReconUtils.getFileSizeBinIndex
 * @public
 */
export function fileSizeBin(sizeBytes: number | bigint): number {
  return Math.min(fileSizeBoundIndex(checkedSize(sizeBytes)), FILE_SIZE_BINS - 1);
}

/**
 * The upper bound in bytes under which `FILE_COUNT_BY_SIZE` counts a file of this size: a power of two from 1 KiB to
 * 1 PiB, or 2^63-1 from 1 PiB on. Throws `TypeError` when the size is negative or not a whole number.
 *
 * @see org.apache.hadoop.ozone.recon.ReconUtils.getFileSizeUpperBound
 * @public
 */
export function fileSizeUpperBound(sizeBytes: number | bigint): bigint {
  return boundOfIndex(fileSizeBoundIndex(checkedSize(sizeBytes)));
}

function checkedSize(sizeBytes: number | bigint): number {
  if (typeof sizeBytes === 'bigint' ? sizeBytes >= 0n : Number.isInteger(sizeBytes) && sizeBytes >= 0) {
    return sizeBytes >= PIB ? PIB : Number(sizeBytes);
  }
  throw new TypeError(
    `Expected \`sizeBytes\` to be a whole number from 0 on, got \`${String(sizeBytes)}\` (${typeof sizeBytes})`,
  );
}
