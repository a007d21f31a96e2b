import { crc32 } from 'node:zlib';

/** What the key of a record tells, so that opening the log touches no value. */
export interface RecordKey {
  /** Raised whenever everything is dropped: records of an earlier epoch are remains. */
  readonly epoch: number;
  readonly after: bigint;
  readonly through: bigint;
  /** Of the value. */
  readonly sizeBytes: number;
}

/** Epoch, `through`, `after`, size, checksum of these; big-endian, so that records lie in order of `through`. */
export const RECORD_KEY_BYTES = 28;
const CHECKED_BYTES = RECORD_KEY_BYTES - 4;

/** The row of the tail; it lies before all records. */
export const TAIL_KEY: Uint8Array = Uint8Array.of(0);

export function encodeRecordKey(key: RecordKey): Uint8Array {
  const bytes = new Uint8Array(RECORD_KEY_BYTES);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, key.epoch);
  view.setBigUint64(4, key.through);
  view.setBigUint64(12, key.after);
  view.setUint32(20, key.sizeBytes);
  view.setUint32(CHECKED_BYTES, crc32(bytes.subarray(0, CHECKED_BYTES)));
  return bytes;
}

/** What of a key the checksum of its value covers: all but the epoch, which is known only when it is written. */
export function checkedPart(key: Uint8Array): Uint8Array {
  return key.subarray(4, CHECKED_BYTES);
}

/** `undefined` when the bytes are no undamaged key of a record. */
export function decodeRecordKey(bytes: Uint8Array): RecordKey | undefined {
  if (bytes.length !== RECORD_KEY_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (view.getUint32(CHECKED_BYTES) !== crc32(bytes.subarray(0, CHECKED_BYTES))) return undefined;
  return {
    epoch: view.getUint32(0),
    through: view.getBigUint64(4),
    after: view.getBigUint64(12),
    sizeBytes: view.getUint32(20),
  };
}

/** The lowest possible key of an epoch whose record reaches `through`. */
export function lowestKey(epoch: number, through: bigint): Uint8Array {
  const bytes = new Uint8Array(12);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, epoch);
  view.setBigUint64(4, through);
  return bytes;
}
