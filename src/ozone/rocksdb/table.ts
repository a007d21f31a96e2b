import type { BlockHandle } from './block.ts';
import { blockEntries, readBlock, readHandle } from './block.ts';
import { ByteReader } from './byte-reader.ts';
import type { ChecksumRule, Checksums } from './checksum.ts';
import { readFooter } from './footer.ts';
import { internalKey } from './internal-key.ts';
import type { RangeDeletion } from './range-deletions.ts';
import { damaged, unsupported } from './read-errors.ts';
import { SourceFile } from './source-file.ts';
import type { TableFile } from './version-edit.ts';

/** What a table file says about itself. It stays in memory while the checkpoint is open; the file does not stay open. */
export interface Table {
  readonly path: string;
  readonly file: TableFile;
  readonly checksum: ChecksumRule;
  readonly index: TableIndex;
  readonly entries: number;
  readonly deletions: number;
  readonly rangeDeletions: readonly RangeDeletion[];
}

export interface TableIndex {
  readonly handle: BlockHandle;
  readonly partitioned: boolean;
  /** Whether handles after a restart point are stored as differences. */
  readonly deltaEncoded: boolean;
  /** Whether each entry holds the first key of its block too. */
  readonly holdsFirstKey: boolean;
  /** Whether separators are user keys, without sequence and kind. */
  readonly userKeys: boolean;
}

const COMPARATOR = 'leveldb.BytewiseComparator';
/** Index types: 0 binary search, 1 with a hash beside it, 2 partitioned, 3 with first keys. */
const PARTITIONED = 2;
const WITH_FIRST_KEY = 3;

/** Reads footer, properties and range deletions of a table file. */
export async function readTable(path: string, file: TableFile, checksums: Checksums): Promise<Table> {
  const source = await SourceFile.open(path, file.sizeBytes);
  try {
    const footer = await readFooter(source, checksums);
    const read = (handle: BlockHandle): Promise<Uint8Array> =>
      readBlock(source, handle, footer.checksum, checksums);
    const meta = namedValues(await read(footer.metaindex), path);
    const handleOf = (name: string): BlockHandle | undefined => {
      const value = meta.get(name);
      return value === undefined ? undefined : readHandle(new ByteReader(value, path));
    };
    if (meta.has('rocksdb.compression_dict')) throw unsupported(path, 'a compression dictionary');
    const indexHandle = footer.index ?? handleOf('rocksdb.index');
    const propertiesHandle = handleOf('rocksdb.properties');
    if (indexHandle === undefined) throw damaged(path, footer.metaindex.offset, 'it names no index');
    if (propertiesHandle === undefined) throw unsupported(path, 'no table properties');
    const properties = new Properties(
      namedValues(await read(propertiesHandle), path),
      path,
      propertiesHandle.offset,
    );
    properties.requireSupported(file);
    const rangeHandle = handleOf('rocksdb.range_del');
    return {
      path,
      file,
      checksum: footer.checksum,
      index: properties.index(indexHandle),
      entries: properties.number('rocksdb.num.entries'),
      deletions: properties.number('rocksdb.deleted.keys'),
      rangeDeletions: rangeHandle === undefined ? [] : rangeDeletions(await read(rangeHandle), path, file),
    };
  } finally {
    await source.close();
  }
}

function rangeDeletions(block: Uint8Array, path: string, file: TableFile): RangeDeletion[] {
  return Array.from(blockEntries(block, path), ({ key, value }) => {
    const start = internalKey(key);
    if (start === undefined) throw damaged(path, 0, 'a range deletion has no sequence');
    return { start: start.userKey, end: value.slice(), sequence: start.sequence, within: file };
  });
}

class Properties {
  readonly #values: ReadonlyMap<string, Uint8Array>;
  readonly #path: string;
  readonly #offset: number;

  constructor(values: ReadonlyMap<string, Uint8Array>, path: string, offset: number) {
    this.#values = values;
    this.#path = path;
    this.#offset = offset;
  }

  /** A varint property; absent ones are 0. */
  number(name: string): number {
    const value = this.#values.get(name);
    return value === undefined ? 0 : new ByteReader(value, this.#path, this.#offset).varint();
  }

  #fixed32(name: string): number {
    const value = this.#values.get(name);
    return value === undefined ? 0 : new ByteReader(value, this.#path, this.#offset).u32();
  }

  #isZero(name: string): boolean {
    return this.#values.get(name)?.every((byte) => byte === 0) ?? true;
  }

  index(handle: BlockHandle): TableIndex {
    const type = this.#fixed32('rocksdb.block.based.table.index.type');
    if (type > WITH_FIRST_KEY) throw unsupported(this.#path, `the unknown index type ${type}`);
    return {
      handle,
      partitioned: type === PARTITIONED,
      deltaEncoded: this.number('rocksdb.index.value.is.delta.encoded') !== 0,
      holdsFirstKey: type === WITH_FIRST_KEY,
      userKeys: this.number('rocksdb.index.key.is.user.key') !== 0,
    };
  }

  requireSupported(file: TableFile): void {
    const comparator = this.#values.get('rocksdb.comparator');
    const named = comparator === undefined ? COMPARATOR : Buffer.from(comparator).toString('utf8');
    if (named !== COMPARATOR) throw unsupported(this.#path, `the comparator ${JSON.stringify(named)}`);
    // A file that was built outside and ingested: its rows have a sequence that is not written beside them.
    if (!this.#values.has('rocksdb.external_sst_file.version')) return;
    if (!this.#isZero('rocksdb.external_sst_file.global_seqno') || file.largestSequence !== 0) {
      throw unsupported(this.#path, 'a global sequence number (an ingested file)');
    }
  }
}

function namedValues(block: Uint8Array, path: string): Map<string, Uint8Array> {
  const values = new Map<string, Uint8Array>();
  for (const { key, value } of blockEntries(block, path))
    values.set(Buffer.from(key).toString('latin1'), value);
  return values;
}
