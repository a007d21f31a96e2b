import { putInt32, putInt64 } from '../encodings/big-endian.ts';

/** The bytes of a key or value while it is put together; used again for the next row. */
export class RowBuilder {
  bytes = new Uint8Array(256);
  length = 0;

  clear(): this {
    this.length = 0;
    return this;
  }

  uint8(value: number): this {
    this.#reserve(1);
    this.bytes[this.length++] = value;
    return this;
  }

  int32(value: number): this {
    this.#reserve(4);
    this.length = putInt32(this.bytes, this.length, value);
    return this;
  }

  /** An int64 given as two int32 halves. */
  int64(high: number, low: number): this {
    this.#reserve(8);
    this.length = putInt64(this.bytes, this.length, high, low);
    return this;
  }

  /** The lowest 64 bits. */
  bigint(value: bigint): this {
    return this.int64(Number(BigInt.asIntN(32, value >> 32n)), Number(BigInt.asIntN(32, value)));
  }

  /** Copies `source[start .. end)`. */
  part(source: Uint8Array, start = 0, end = source.length): this {
    this.#reserve(end - start);
    this.bytes.set(start === 0 && end === source.length ? source : source.subarray(start, end), this.length);
    this.length += end - start;
    return this;
  }

  /** Bytes of the caller's own. */
  copy(): Uint8Array {
    return Buffer.copyBytesFrom(this.bytes, 0, this.length);
  }

  #reserve(more: number): void {
    if (this.length + more <= this.bytes.length) return;
    const larger = new Uint8Array((this.length + more) * 2);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }
}
