import { compareBytes } from './compare-bytes.ts';
import { RECORD_HEADER_BYTES } from './run-file.ts';

/**
 * Rows in arrival order, copied into one growing buffer in the format of a run file, and sorted by an index: no object
 * a row. Sorting is stable, so that of equal keys the later one stands later.
 */
export class RowBuffer {
  bytes: Buffer = Buffer.allocUnsafe(4 << 10);
  used = 0;
  length = 0;
  #starts = new Int32Array(1024);

  push(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number, origin: number): void {
    const end = this.used + RECORD_HEADER_BYTES + keyLength + valueLength;
    if (end > this.bytes.length) this.#grow(end);
    if (this.length === this.#starts.length) {
      const larger = new Int32Array(this.#starts.length * 2);
      larger.set(this.#starts);
      this.#starts = larger;
    }
    const at = this.used;
    this.#starts[this.length++] = at;
    this.bytes.writeUInt32LE(keyLength, at);
    this.bytes.writeUInt32LE(valueLength, at + 4);
    this.bytes.writeUInt32LE(origin, at + 8);
    copy(key, keyLength, this.bytes, at + RECORD_HEADER_BYTES);
    copy(value, valueLength, this.bytes, at + RECORD_HEADER_BYTES + keyLength);
    this.used = end;
  }

  /** Offsets of the records in key order. Rows that came in order already are not sorted again. */
  sorted(): Int32Array {
    const starts = this.#starts.slice(0, this.length);
    if (this.#isSorted(starts)) return starts;
    return starts.sort((left, right) => this.#compare(left, right) || left - right);
  }

  keyStart(record: number): number {
    return record + RECORD_HEADER_BYTES;
  }

  keyEnd(record: number): number {
    return record + RECORD_HEADER_BYTES + this.bytes.readUInt32LE(record);
  }

  valueEnd(record: number): number {
    return this.keyEnd(record) + this.bytes.readUInt32LE(record + 4);
  }

  origin(record: number): number {
    return this.bytes.readUInt32LE(record + 8);
  }

  clear(): void {
    this.used = 0;
    this.length = 0;
  }

  #isSorted(starts: Int32Array): boolean {
    for (let i = 1; i < starts.length; i++) {
      if (this.#compare(starts[i - 1] ?? 0, starts[i] ?? 0) > 0) return false;
    }
    return true;
  }

  #compare(left: number, right: number): number {
    const { bytes } = this;
    return compareBytes(
      bytes,
      left + RECORD_HEADER_BYTES,
      this.keyEnd(left),
      bytes,
      right + RECORD_HEADER_BYTES,
      this.keyEnd(right),
    );
  }

  #grow(least: number): void {
    const larger = Buffer.allocUnsafe(Math.max(least, this.bytes.length * 2));
    this.bytes.copy(larger, 0, 0, this.used);
    this.bytes = larger;
  }
}

/** Short copies in a loop: below some 32 bytes the call of `set` and its view cost more than the bytes. */
function copy(from: Uint8Array, length: number, to: Buffer, at: number): void {
  if (length > 32) {
    to.set(length === from.length ? from : from.subarray(0, length), at);
    return;
  }
  for (let i = 0; i < length; i++) to[at + i] = from[i] ?? 0;
}
