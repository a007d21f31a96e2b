/** CRC-32C (Castagnoli) in plain JavaScript, for short inputs and as the oracle of the WebAssembly helper. */
export class Crc32c {
  /** Eight tables for slicing by 8, as the helper wants them; the first is the classic one. */
  readonly tables: Uint32Array;

  constructor() {
    const tables = new Uint32Array(8 * 256);
    for (let i = 0; i < 256; i++) {
      let value = i;
      for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0x82f63b78 : value >>> 1;
      tables[i] = value;
    }
    for (let i = 256; i < tables.length; i++) {
      const previous = tables[i - 256] ?? 0;
      tables[i] = (previous >>> 8) ^ (tables[previous & 0xff] ?? 0);
    }
    this.tables = tables;
  }

  of(bytes: Uint8Array, start: number, end: number): number {
    return this.finish(this.extend(-1, bytes, start, end));
  }

  /** Goes on from an unfinished state; the first state is -1. */
  extend(state: number, bytes: Uint8Array, start: number, end: number): number {
    const tables = this.tables;
    let crc = state;
    for (let i = start; i < end; i++) crc = (crc >>> 8) ^ (tables[(crc ^ (bytes[i] ?? 0)) & 0xff] ?? 0);
    return crc;
  }

  finish(state: number): number {
    return (state ^ -1) >>> 0;
  }
}

/** RocksDB stores CRCs rotated and shifted, so that the CRC of data that holds CRCs stays meaningful. */
export function maskCrc(crc: number): number {
  return (((crc >>> 15) | (crc << 17)) + 0xa282ead8) >>> 0;
}
