import { inflateRawSync, zstdDecompressSync } from 'node:zlib';
import { ByteReader } from './byte-reader.ts';
import { decodeLz4 } from './lz4.ts';
import { damaged, unsupported } from './read-errors.ts';
import { decodeSnappy } from './snappy.ts';

export const UNCOMPRESSED = 0;
export const SNAPPY = 1;
const ZLIB = 2;
const LZ4 = 4;
const LZ4_HC = 5;
const ZSTD = 7;

const NAMES: Readonly<Record<number, string>> = {
  3: 'bzip2 compression (3)',
  6: 'XPRESS compression (6)',
  0x40: 'pre-release ZSTD compression (0x40)',
};

/** A block with one huge value may be large; beyond this a length is taken for damage and nothing is allocated. */
export const MAX_BLOCK_BYTES = 512 << 20;

/** Decodes a block of any codec into memory of its own. `offset` is where it lies in `file`. */
export function decompress(codec: number, block: Uint8Array, file: string, offset: number): Uint8Array {
  if (codec === UNCOMPRESSED) return block;
  if (codec !== SNAPPY && codec !== ZLIB && codec !== LZ4 && codec !== LZ4_HC && codec !== ZSTD) {
    throw unsupported(file, NAMES[codec] ?? `the unknown compression type ${codec}`);
  }
  const reader = new ByteReader(block, file, offset);
  const length = reader.varint32();
  // Snappy's longest copy makes 64 bytes of 3, LZ4's 255 of 1. The other two are decoded step by step.
  const most =
    codec === SNAPPY ? 22 * block.length : codec === LZ4 || codec === LZ4_HC ? 256 * block.length : Infinity;
  if (length > Math.min(most, MAX_BLOCK_BYTES)) throw reader.damage(`a block claims to hold ${length} bytes`);
  const body = block.subarray(reader.at);
  const decoded =
    codec === ZLIB || codec === ZSTD ? inflate(codec, body, length, file, offset) : new Uint8Array(length);
  const whole =
    codec === SNAPPY
      ? decodeSnappy(body, 0, body.length, decoded, 0, length)
      : codec === LZ4 || codec === LZ4_HC
        ? decodeLz4(body, decoded)
        : decoded.length === length;
  if (!whole) throw damaged(file, offset, 'a compressed block does not decode');
  return decoded;
}

function inflate(codec: number, body: Uint8Array, length: number, file: string, offset: number): Uint8Array {
  try {
    const options = { maxOutputLength: Math.max(length, 1) };
    return codec === ZLIB ? inflateRawSync(body, options) : zstdDecompressSync(body, options);
  } catch (error) {
    throw damaged(file, offset, 'a compressed block does not decode', error);
  }
}
