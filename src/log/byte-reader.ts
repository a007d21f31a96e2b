/** Reads what `ByteWriter` wrote. Throws `RangeError` where the bytes end too early. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #position: number;

  constructor(bytes: Uint8Array, position = 0) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#position = position;
  }

  get position(): number {
    return this.#position;
  }

  byte(): number {
    return this.#view.getUint8(this.#position++);
  }

  varint(): number {
    let value = 0;
    for (let unit = 1; ; unit *= 0x80) {
      const byte = this.byte();
      value += (byte & 0x7f) * unit;
      if (byte < 0x80) return value;
      if (unit > 2 ** 49) throw new RangeError('a number is longer than any that is written');
    }
  }

  uint32(): number {
    this.#position += 4;
    return this.#view.getUint32(this.#position - 4);
  }

  uint64(): bigint {
    this.#position += 8;
    return this.#view.getBigUint64(this.#position - 8);
  }

  /** A view, no copy. */
  sized(): Uint8Array {
    const length = this.varint();
    const start = this.#position;
    if (length > this.#bytes.length - start) throw new RangeError('a length points beyond the end');
    this.#position += length;
    return new Uint8Array(this.#bytes.buffer, this.#bytes.byteOffset + start, length);
  }

  text(): string {
    const bytes = this.sized();
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString();
  }
}
