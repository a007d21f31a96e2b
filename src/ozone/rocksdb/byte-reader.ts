import { damaged } from './read-errors.ts';

/**
 * Reads little-endian numbers, varints and slices in turn, and never past `end`. Whatever does not fit is damage of
 * `file`, told with the offset that the bytes have there.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  readonly #file: string;
  readonly #fileOffset: number;

  /** `fileOffset` is where `bytes[0]` lies in `file`. */
  constructor(bytes: Uint8Array, file: string, fileOffset = 0, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.#file = file;
    this.#fileOffset = fileOffset;
  }

  get done(): boolean {
    return this.at >= this.end;
  }

  u8(): number {
    const byte = this.bytes[this.at];
    if (this.at >= this.end || byte === undefined) throw this.damage('it ends in the middle of a field');
    this.at++;
    return byte;
  }

  u16(): number {
    return this.u8() + this.u8() * 0x100;
  }

  u32(): number {
    return this.u16() + this.u16() * 0x10000;
  }

  /** 64 bits that must be a safe integer. */
  u64(): number {
    const low = this.u32();
    return this.#safe(low + this.u32() * 0x1_0000_0000);
  }

  varint32(): number {
    const value = this.varint();
    if (value > 0xffff_ffff) throw this.damage('a number is too large');
    return value;
  }

  /** Up to 64 bits that must be a safe integer. */
  varint(): number {
    let value = 0;
    let scale = 1;
    for (let length = 0; length < 10; length++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return this.#safe(value);
      scale *= 128;
    }
    throw this.damage('a number does not end');
  }

  /** A view of the next `length` bytes. */
  slice(length: number): Uint8Array {
    if (length > this.end - this.at) throw this.damage('a length points past the end');
    this.at += length;
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A view of the next bytes, whose length comes first as a varint. */
  lengthPrefixed(): Uint8Array {
    return this.slice(this.varint32());
  }

  text(): string {
    return Buffer.from(this.lengthPrefixed()).toString('utf8');
  }

  damage(what: string): Error {
    return damaged(this.#file, this.#fileOffset + this.at, what);
  }

  #safe(value: number): number {
    if (value > Number.MAX_SAFE_INTEGER) throw this.damage('a number is too large');
    return value;
  }
}
