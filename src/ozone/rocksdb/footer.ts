import type { BlockHandle } from './block.ts';
import { BLOCK_TRAILER_BYTES, readHandle } from './block.ts';
import { ByteReader } from './byte-reader.ts';
import type { ChecksumRule, Checksums } from './checksum.ts';
import { isKnownChecksum, NO_CHECKSUM } from './checksum.ts';
import { damaged, unsupported } from './read-errors.ts';
import type { SourceFile } from './source-file.ts';

export interface Footer {
  readonly formatVersion: number;
  readonly checksum: ChecksumRule;
  readonly metaindex: BlockHandle;
  /** Up to format version 5; later the metaindex tells it. */
  readonly index?: BlockHandle;
}

const FOOTER_BYTES = 53;
const VERSION_AT = 41;
const CHECKSUM_AT = 5;
const BLOCK_BASED_MAGIC = '88e241b785f4cff7';
const OTHER_TABLES: Readonly<Record<string, string>> = {
  db4775248b80fb57: 'format version 0 of block-based tables (or LevelDB)',
  '8242229663bf9564': 'plain tables',
  '4f3418eb7a8f13b8': 'plain tables',
  '926789d0c5f17873': 'cuckoo tables',
};
/** In the place of the handles since format version 6. */
const EXTENDED_MAGIC = 0x007a003e;
const OLDEST = 2;
const NEWEST = 7;

/** The last 53 bytes of a table file. */
export async function readFooter(file: SourceFile, checksums: Checksums): Promise<Footer> {
  const at = file.sizeBytes - FOOTER_BYTES;
  if (at < 0) throw damaged(file.path, 0, 'it is too short for a table file');
  const bytes = await file.read(at, FOOTER_BYTES);
  const magic = Buffer.from(bytes.subarray(-8)).reverse().toString('hex');
  if (magic !== BLOCK_BASED_MAGIC) {
    const other = OTHER_TABLES[magic];
    throw other === undefined
      ? damaged(file.path, at, 'it does not end as a table file')
      : unsupported(file.path, other);
  }
  const formatVersion = new ByteReader(bytes, file.path, at, VERSION_AT).u32();
  if (formatVersion < OLDEST || formatVersion > NEWEST) {
    throw unsupported(file.path, `format version ${formatVersion} of block-based tables`);
  }
  const reader = new ByteReader(bytes, file.path, at, 0, VERSION_AT);
  const type = reader.u8();
  if (!isKnownChecksum(type)) throw unsupported(file.path, `the unknown checksum type ${type}`);
  if (formatVersion <= 5) {
    const metaindex = readHandle(reader);
    return { formatVersion, checksum: { type, contextBase: 0 }, metaindex, index: readHandle(reader) };
  }
  if (reader.u32() !== EXTENDED_MAGIC) throw reader.damage('the footer is not one of format version 6');
  const stored = reader.u32();
  const checksum: ChecksumRule = { type, contextBase: reader.u32() };
  const sizeBytes = reader.u32();
  bytes.fill(0, CHECKSUM_AT, CHECKSUM_AT + 4);
  if (type !== NO_CHECKSUM && checksums.of(checksum, bytes, at) !== stored) {
    throw damaged(file.path, at, 'the checksum of the footer does not fit');
  }
  return { formatVersion, checksum, metaindex: { offset: at - BLOCK_TRAILER_BYTES - sizeBytes, sizeBytes } };
}
