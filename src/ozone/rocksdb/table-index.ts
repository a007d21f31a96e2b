import type { BlockHandle } from './block.ts';
import { BLOCK_TRAILER_BYTES, entriesEnd, readBlock } from './block.ts';
import { ByteReader } from './byte-reader.ts';
import type { Checksums } from './checksum.ts';
import { damaged } from './read-errors.ts';
import type { SourceFile } from './source-file.ts';
import type { Table, TableIndex } from './table.ts';

/** The data blocks of a table file, in key order. Block `i` has no user key above `separators[i]`. */
export interface DataBlocks {
  readonly offsets: number[];
  readonly sizes: number[];
  /** Only when they were asked for. */
  readonly separators: Uint8Array[];
}

/** Reads the whole index of a table file, its partitions too. */
export async function readIndex(
  source: SourceFile,
  table: Table,
  checksums: Checksums,
  withSeparators: boolean,
): Promise<DataBlocks> {
  const blocks: DataBlocks = { offsets: [], sizes: [], separators: [] };
  const read = async ({ offset, sizeBytes }: BlockHandle, into: DataBlocks): Promise<void> => {
    const bytes = await readBlock(source, { offset, sizeBytes }, table.checksum, checksums);
    addEntries(bytes, table.index, table.path, offset, withSeparators, into);
  };
  if (!table.index.partitioned) {
    await read(table.index.handle, blocks);
  } else {
    const partitions: DataBlocks = { offsets: [], sizes: [], separators: [] };
    await read(table.index.handle, partitions);
    for (const [i, offset] of partitions.offsets.entries()) {
      await read({ offset, sizeBytes: partitions.sizes[i] ?? 0 }, blocks);
    }
  }
  requireAscending(blocks, source);
  return blocks;
}

function addEntries(
  block: Uint8Array,
  index: TableIndex,
  path: string,
  fileOffset: number,
  withSeparators: boolean,
  into: DataBlocks,
): void {
  const end = entriesEnd(block, 0, block.length);
  if (end < 0) throw damaged(path, fileOffset, 'an index block has no room for its restart points');
  const reader = new ByteReader(block, path, fileOffset, 0, end);
  let key: Uint8Array = new Uint8Array(0);
  let offset = 0;
  let sizeBytes = 0;
  while (!reader.done) {
    const shared = reader.varint32();
    const fresh = reader.varint32();
    if (!index.deltaEncoded) reader.varint32(); // length of the value, which delta-encoded entries leave out
    const suffix = reader.slice(fresh);
    if (withSeparators) {
      if (shared > key.length) throw reader.damage('a key shares more than the one before has');
      key = Buffer.concat([key.subarray(0, shared), suffix]);
      into.separators.push(index.userKeys ? key : key.subarray(0, Math.max(0, key.length - 8)));
    }
    if (!index.deltaEncoded || shared === 0) {
      offset = reader.varint();
      sizeBytes = reader.varint();
    } else {
      const difference = reader.varint(); // zigzag
      offset += sizeBytes + BLOCK_TRAILER_BYTES;
      sizeBytes += difference % 2 === 1 ? -(difference + 1) / 2 : difference / 2;
    }
    if (index.holdsFirstKey) reader.lengthPrefixed();
    into.offsets.push(offset);
    into.sizes.push(sizeBytes);
  }
}

/** Blocks that overlap, or that go back, are damage; so nothing is read twice, whatever an unchecked index says. */
function requireAscending({ offsets, sizes }: DataBlocks, { path, sizeBytes }: SourceFile): void {
  let free = 0;
  for (const [i, offset] of offsets.entries()) {
    const size = sizes[i] ?? -1;
    if (offset < free || size < 0 || offset + size + BLOCK_TRAILER_BYTES > sizeBytes) {
      throw damaged(path, offset, 'the index points to overlapping blocks, or outside the file');
    }
    free = offset + size + BLOCK_TRAILER_BYTES;
  }
}
