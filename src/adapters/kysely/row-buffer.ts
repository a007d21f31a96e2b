/** What SQLite stores in one column of one row. */
export type SqliteValue = string | number | bigint | Uint8Array | null;

const SIGN = 1n << 63n;

/** Bytes that are appended to, and reused for the next row. */
export class RowBuffer {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  clear(): void {
    this.#length = 0;
  }

  /** A copy of what was written since `clear`. */
  copy(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigInt64(this.#length, value);
    this.#length += 8;
  }

  /** Ascending as bytes: the sign bit is turned over. */
  orderedInt64(value: bigint): void {
    this.#reserve(8);
    this.#view.setBigUint64(this.#length, BigInt.asUintN(64, value) ^ SIGN);
    this.#length += 8;
  }

  float64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value);
    this.#length += 8;
  }

  /** Ascending as bytes: negative numbers have all their bits turned over, the others the sign bit. */
  orderedFloat64(value: number): void {
    this.#reserve(8);
    this.#view.setFloat64(this.#length, value);
    const bits = this.#view.getBigUint64(this.#length);
    this.#view.setBigUint64(this.#length, bits >= SIGN ? ~bits & (2n * SIGN - 1n) : bits | SIGN);
    this.#length += 8;
  }

  /** Length first, then the bytes. */
  sized(bytes: Uint8Array): void {
    this.#reserve(4 + bytes.length);
    this.#view.setUint32(this.#length, bytes.length);
    this.#bytes.set(bytes, this.#length + 4);
    this.#length += 4 + bytes.length;
  }

  /** Ascending and free of prefixes: 00 becomes 00 FF, the end is 00 00. */
  ordered(bytes: Uint8Array): void {
    this.#reserve(2 * bytes.length + 2);
    for (const byte of bytes) {
      this.#bytes[this.#length++] = byte;
      if (byte === 0) this.#bytes[this.#length++] = 0xff;
    }
    this.#bytes[this.#length++] = 0;
    this.#bytes[this.#length++] = 0;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, this.#bytes.length * 2));
    larger.set(this.#bytes);
    this.#bytes = larger;
    this.#view = new DataView(larger.buffer);
  }
}
