/** Writes an int32, big-endian, and returns the position behind it. */
export function putInt32(bytes: Uint8Array, at: number, value: number): number {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
  return at + 4;
}

/** Writes an int64 given as two int32 halves, big-endian, and returns the position behind it. */
export function putInt64(bytes: Uint8Array, at: number, high: number, low: number): number {
  return putInt32(bytes, putInt32(bytes, at, high), low);
}

export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** The 8 bytes of an int64, big-endian. */
export function int64Bytes(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  viewOf(bytes).setBigInt64(0, value);
  return bytes;
}

/** The int64 in 8 big-endian bytes. Throws `TypeError` when there are not 8. */
export function readInt64(bytes: Uint8Array, what: string): bigint {
  if (bytes.length !== 8) {
    throw new TypeError(`Expected ${what} to be 8 bytes, got ${String(bytes.length)}`);
  }
  return viewOf(bytes).getBigInt64(0);
}
