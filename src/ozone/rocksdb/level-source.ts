import { BLOCK_TRAILER_BYTES } from './block.ts';
import type { BlockMemory } from './block-memory.ts';
import { ByteReader } from './byte-reader.ts';
import { contextOf, CRC32C, NO_CHECKSUM } from './checksum.ts';
import { maskCrc } from './crc32c.ts';
import { decompress, MAX_BLOCK_BYTES, SNAPPY, UNCOMPRESSED } from './decompress.ts';
import { EntryBlock } from './entry-block.ts';
import type { EntrySource } from './entry-run.ts';
import { damaged } from './read-errors.ts';
import { SourceFile } from './source-file.ts';
import type { Table } from './table.ts';
import type { TableIo } from './table-io.ts';
import type { DataBlocks } from './table-index.ts';
import { readIndex } from './table-index.ts';

interface OpenTable {
  readonly table: Table;
  readonly file: SourceFile;
  readonly blocks: DataBlocks;
  /** Behind the last data block: filters and the like lie there, and are not read. */
  readonly dataEnd: number;
  next: number;
  entries: number;
}

/**
 * The entries of table files that do not overlap, one file after another, block by block. One file is open at a time,
 * and it is read in windows, so memory stays the same however large the level is.
 */
export class LevelSource implements EntrySource {
  readonly #tables: readonly Table[];
  readonly #io: TableIo;
  readonly #memory: BlockMemory;
  readonly #block = new EntryBlock();
  #nextTable = 0;
  #open: OpenTable | undefined;
  #windowBytes: number;
  #windowOffset = 0;
  #windowFilled = 0;

  constructor(tables: readonly Table[], io: TableIo, windowBytes: number) {
    this.#tables = tables;
    this.#io = io;
    this.#windowBytes = windowBytes;
    this.#memory = io.memories.create();
    this.#memory.reserve(windowBytes, 0);
  }

  async nextRun(): Promise<EntryBlock | undefined> {
    for (;;) {
      const open = this.#open ?? (await this.#openNext());
      if (open === undefined) return undefined;
      if (open.next === open.blocks.offsets.length) {
        await this.#finish(open);
        continue;
      }
      const offset = open.blocks.offsets[open.next] ?? 0;
      const sizeBytes = open.blocks.sizes[open.next] ?? 0;
      open.next++;
      const start = offset - this.#windowOffset;
      if (start < 0 || start + sizeBytes + BLOCK_TRAILER_BYTES > this.#windowFilled) {
        await this.#fillWindow(open, offset, sizeBytes + BLOCK_TRAILER_BYTES);
      }
      this.#decode(open.table, offset, sizeBytes);
      open.entries += this.#block.length;
      if (this.#block.length > 0) return this.#block;
    }
  }

  async close(): Promise<void> {
    const open = this.#open;
    this.#open = undefined;
    this.#nextTable = this.#tables.length;
    await open?.file.close();
  }

  async #openNext(): Promise<OpenTable | undefined> {
    const table = this.#tables[this.#nextTable];
    if (table === undefined) return undefined;
    this.#nextTable++;
    const file = await SourceFile.open(table.path, table.file.sizeBytes);
    try {
      const blocks = await readIndex(file, table, this.#io.checksums, false);
      const last = blocks.offsets.length - 1;
      const dataEnd = (blocks.offsets[last] ?? 0) + (blocks.sizes[last] ?? 0) + BLOCK_TRAILER_BYTES;
      this.#windowFilled = 0;
      return (this.#open = { table, file, blocks, dataEnd, next: 0, entries: 0 });
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  async #finish({ table, file, entries }: OpenTable): Promise<void> {
    this.#open = undefined;
    await file.close();
    if (entries + table.rangeDeletions.length !== table.entries) {
      const found = `${entries} entries and ${table.rangeDeletions.length} range deletions`;
      throw damaged(table.path, 0, `it holds ${found}, but its properties say ${table.entries}`);
    }
  }

  async #fillWindow({ file, dataEnd }: OpenTable, offset: number, neededBytes: number): Promise<void> {
    if (neededBytes > this.#windowBytes) {
      if (neededBytes > MAX_BLOCK_BYTES)
        throw damaged(file.path, offset, `a block claims to have ${neededBytes} bytes`);
      this.#windowBytes = neededBytes;
      this.#memory.reserve(neededBytes, 0);
    }
    const length = Math.min(this.#windowBytes, dataEnd - offset);
    const { bytes, windowStart } = this.#memory;
    this.#windowFilled = 0;
    await file.readInto(bytes.subarray(windowStart, windowStart + length), offset);
    this.#windowOffset = offset;
    this.#windowFilled = length;
  }

  #decode(table: Table, offset: number, sizeBytes: number): void {
    const memory = this.#memory;
    const start = memory.windowStart + offset - this.#windowOffset;
    const end = start + sizeBytes;
    const { path } = table;
    if (this.#io.verifyChecksums) this.#verify(table, offset, start, end);
    const codec = memory.bytes[end] ?? 0;
    if (codec === UNCOMPRESSED) {
      this.#block.decode(memory.bytes, start, end, path, offset);
      return;
    }
    if (codec !== SNAPPY) {
      const decoded = decompress(codec, memory.bytes.subarray(start, end), path, offset);
      this.#block.decode(decoded, 0, decoded.length, path, offset);
      return;
    }
    const reader = new ByteReader(memory.bytes, path, offset - start, start, end);
    const decodedBytes = reader.varint32();
    // Snappy's longest copy makes 64 bytes of 3, so a larger claim is damage, and nothing is allocated for it.
    if (decodedBytes > Math.min(22 * sizeBytes, MAX_BLOCK_BYTES)) {
      throw reader.damage(`a block claims to hold ${decodedBytes} bytes`);
    }
    memory.reserve(0, decodedBytes);
    if (!memory.snappy(reader.at, end, decodedBytes))
      throw damaged(path, offset, 'a compressed block does not decode');
    this.#block.decode(memory.bytes, memory.blockStart, memory.blockStart + decodedBytes, path, offset);
  }

  #verify({ checksum, path }: Table, offset: number, start: number, end: number): void {
    if (checksum.type === NO_CHECKSUM) return;
    const { bytes } = this.#memory;
    const protectedEnd = end + 1;
    const found =
      checksum.type === CRC32C
        ? (maskCrc(this.#memory.crc32c(start, protectedEnd)) + contextOf(checksum, offset)) >>> 0
        : this.#io.checksums.of(checksum, bytes.subarray(start, protectedEnd), offset);
    if (found !== new ByteReader(bytes, path, offset - start, protectedEnd).u32()) {
      throw damaged(path, offset, 'the checksum of a block does not fit');
    }
  }
}
