import { ByteReader } from './byte-reader.ts';
import type { ChecksumRule, Checksums } from './checksum.ts';
import { NO_CHECKSUM } from './checksum.ts';
import { decompress } from './decompress.ts';
import { damaged } from './read-errors.ts';
import type { SourceFile } from './source-file.ts';

/** Where a block lies in its file. */
export interface BlockHandle {
  readonly offset: number;
  /** Without the trailer. */
  readonly sizeBytes: number;
}

/** Compression type and checksum follow each block. */
export const BLOCK_TRAILER_BYTES = 5;

export function readHandle(reader: ByteReader): BlockHandle {
  return { offset: reader.varint(), sizeBytes: reader.varint() };
}

/** Reads, verifies and decodes one block into memory of its own: for everything but the scan of data blocks. */
export async function readBlock(
  file: SourceFile,
  { offset, sizeBytes }: BlockHandle,
  rule: ChecksumRule,
  checksums: Checksums,
): Promise<Uint8Array> {
  const bytes = await file.read(offset, sizeBytes + BLOCK_TRAILER_BYTES);
  const stored = new ByteReader(bytes, file.path, offset, sizeBytes + 1).u32();
  if (rule.type !== NO_CHECKSUM && checksums.of(rule, bytes.subarray(0, sizeBytes + 1), offset) !== stored) {
    throw damaged(file.path, offset, 'the checksum of a block does not fit');
  }
  return decompress(bytes[sizeBytes] ?? 0, bytes.subarray(0, sizeBytes), file.path, offset);
}

/**
 * Where the entries of a decoded block end: restart points follow them, and, in blocks with a hash index, its buckets.
 */
export function entriesEnd(bytes: Uint8Array, start: number, end: number): number {
  if (end - start < 4) return -1;
  const packed = (bytes[end - 4] ?? 0) | ((bytes[end - 3] ?? 0) << 8) | ((bytes[end - 2] ?? 0) << 16);
  const top = bytes[end - 1] ?? 0;
  const restarts = packed + (top & 0x7f) * 0x100_0000;
  let tail = 4 + 4 * restarts;
  if (top >= 0x80) tail += 2 + (bytes[end - 6] ?? 0) + ((bytes[end - 5] ?? 0) << 8);
  return end - tail < start ? -1 : end - tail;
}

export interface BlockEntry {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** Entries of a small block (metadata, properties, range deletions): keys share prefixes, values are plain. */
export function* blockEntries(block: Uint8Array, file: string): Generator<BlockEntry> {
  const end = entriesEnd(block, 0, block.length);
  if (end < 0) throw damaged(file, 0, 'a block has no room for its restart points');
  const reader = new ByteReader(block, file, 0, 0, end);
  let key: Uint8Array = new Uint8Array(0);
  while (!reader.done) {
    const shared = reader.varint32();
    const fresh = reader.varint32();
    const valueBytes = reader.varint32();
    if (shared > key.length) throw reader.damage('a key shares more than the one before has');
    key = Buffer.concat([key.subarray(0, shared), reader.slice(fresh)]);
    yield { key, value: reader.slice(valueBytes) };
  }
}
