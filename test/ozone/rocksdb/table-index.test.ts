import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Checksums } from '../../../src/ozone/rocksdb/checksum.ts';
import { Crc32c } from '../../../src/ozone/rocksdb/crc32c.ts';
import { SourceFile } from '../../../src/ozone/rocksdb/source-file.ts';
import type { Table } from '../../../src/ozone/rocksdb/table.ts';
import type { DataBlocks } from '../../../src/ozone/rocksdb/table-index.ts';
import { readIndex } from '../../../src/ozone/rocksdb/table-index.ts';
import { makeTempDirectory } from '../checkpoint-fixtures.ts';
import { lengthPrefixed, varint } from '../log-writing.ts';

const FILE_BYTES = 1000;
const INDEX_AT = 500;

let directory: string;
beforeEach(() => {
  directory = makeTempDirectory();
});
afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

/** Reads an unprotected index of these handles: offset and size. */
async function readHandles(handles: readonly (readonly [number, number])[]): Promise<DataBlocks> {
  const entries = handles.flatMap(([offset, size], i) => [
    Uint8Array.of(0, 1),
    lengthPrefixed(Buffer.concat([varint(offset), varint(size)])).subarray(0, 1),
    Uint8Array.of(0x61 + i),
    varint(offset),
    varint(size),
  ]);
  const index = Buffer.concat([...entries, Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0)]);
  const path = join(directory, '000001.sst');
  const bytes = Buffer.alloc(FILE_BYTES);
  bytes.set(index, INDEX_AT);
  writeFileSync(path, bytes);
  const bound = { userKey: Uint8Array.of(0x61), sequence: 1 };
  const table: Table = {
    path,
    file: { number: 1, level: 1, sizeBytes: FILE_BYTES, smallest: bound, largest: bound, largestSequence: 1 },
    checksum: { type: 0, contextBase: 0 },
    index: {
      handle: { offset: INDEX_AT, sizeBytes: index.length },
      partitioned: false,
      deltaEncoded: false,
      holdsFirstKey: false,
      userKeys: true,
    },
    entries: 1,
    deletions: 0,
    rangeDeletions: [],
  };
  const source = await SourceFile.open(path, FILE_BYTES);
  try {
    return await readIndex(source, table, new Checksums(new Crc32c()), true);
  } finally {
    await source.close();
  }
}

describe('readIndex', () => {
  it('tells where the blocks lie', async () => {
    const blocks = await readHandles([
      [0, 100],
      [105, 50],
      [300, 10],
    ]);
    expect(blocks.offsets).toEqual([0, 105, 300]);
    expect(blocks.sizes).toEqual([100, 50, 10]);
    expect(blocks.separators.map((separator) => Buffer.from(separator).toString())).toEqual(['a', 'b', 'c']);
  });

  it.each<[string, [number, number][]]>([
    [
      'overlap',
      [
        [0, 100],
        [104, 50],
      ],
    ],
    [
      'come twice',
      [
        [0, 100],
        [0, 100],
      ],
    ],
    [
      'go back',
      [
        [200, 10],
        [0, 10],
      ],
    ],
    [
      'leave the file',
      [
        [0, 10],
        [900, 96],
      ],
    ],
    ['have an impossible size', [[0, 2 ** 52]]],
  ])('refuses blocks that %s', async (_, handles) => {
    await expect(readHandles(handles)).rejects.toMatchObject({ code: 'REPROCESS_SOURCE_CORRUPT' });
  });
});
