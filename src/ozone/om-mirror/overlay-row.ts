import { crc32 } from 'node:zlib';
import { StagedReprocessError } from '../../errors.ts';

/** What an overlay says of one row. */
export interface OverlayRow {
  /** `undefined`: the checkpoint's row is deleted. */
  readonly value: Uint8Array | undefined;
  /** Whether the checkpoint has a row with this key. When it has none, a delete needs no tombstone. */
  readonly hides: boolean;
}

/** The key of the copy's state; rows have another first byte. */
export const STATE_KEY: Uint8Array = Uint8Array.of(0);

const ROW = 1;
const PREFIX_BYTES = 5;
const HEADER_BYTES = 5;
const HAS_VALUE = 1;
const HIDES = 2;

/** Rows of one family lie together, in the order of their keys. */
export function rowKey(familyId: number, key: Uint8Array): Uint8Array {
  const full = Buffer.allocUnsafe(PREFIX_BYTES + key.length);
  full.writeUInt8(ROW, 0);
  full.writeUInt32BE(familyId, 1);
  full.set(key, PREFIX_BYTES);
  return full;
}

export function familyRange(familyId: number): { readonly gte: Uint8Array; readonly lt: Uint8Array } {
  const none = new Uint8Array(0);
  const lt = familyId === 0xffff_ffff ? Uint8Array.of(ROW + 1) : rowKey(familyId + 1, none);
  return { gte: rowKey(familyId, none), lt };
}

/** A view of the source's key. */
export function sourceKey(full: Uint8Array): Uint8Array {
  return full.subarray(PREFIX_BYTES);
}

/**
 * Every row carries a checksum, with its key in it: LevelDB does not check what it reads by itself.
 */
export function encodeRow(full: Uint8Array, { value, hides }: OverlayRow): Uint8Array {
  const row = Buffer.allocUnsafe(HEADER_BYTES + (value?.length ?? 0));
  row.writeUInt8((value === undefined ? 0 : HAS_VALUE) | (hides ? HIDES : 0), 0);
  if (value !== undefined) row.set(value, HEADER_BYTES);
  row.writeUInt32LE(checksum(full, row), 1);
  return row;
}

/** The value is a view. Throws `REPROCESS_SOURCE_CORRUPT`. */
export function decodeRow(full: Uint8Array, row: Uint8Array): OverlayRow {
  const [flags = 0, a = 0, b = 0, c = 0, d = 0] = row;
  const stored = (a | (b << 8) | (c << 16) | (d << 24)) >>> 0;
  if (row.length < HEADER_BYTES || flags > (HAS_VALUE | HIDES) || stored !== checksum(full, row)) {
    throw new StagedReprocessError(
      'REPROCESS_SOURCE_CORRUPT',
      `The row ${Buffer.from(full).toString('hex').slice(0, 200)} of a mirror's overlay is damaged`,
    );
  }
  return {
    value: (flags & HAS_VALUE) === 0 ? undefined : row.subarray(HEADER_BYTES),
    hides: (flags & HIDES) !== 0,
  };
}

function checksum(full: Uint8Array, row: Uint8Array): number {
  return crc32(row.subarray(HEADER_BYTES), crc32(row.subarray(0, 1), crc32(full)));
}
