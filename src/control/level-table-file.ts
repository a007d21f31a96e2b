import { maskedCrc32c } from './crc32c.ts';
import { LevelBytesReader, LevelDamage } from './level-damage.ts';

const FOOTER_BYTES = 48;
const TRAILER_BYTES = 5;
const MAGIC = 0xdb4775248b80fb57n;

interface Block {
  readonly offset: number;
  readonly size: number;
}

/**
 * Checks every byte of an uncompressed table file: the checksum of each block, and that the blocks fill the file without
 * a gap.
 *
 * @throws LevelDamage
 */
export function checkTableFile(bytes: Buffer): void {
  const end = bytes.length - FOOTER_BYTES;
  if (end < 0 || bytes.readBigUInt64LE(bytes.length - 8) !== MAGIC) throw new LevelDamage('it has no footer');
  const footer = new LevelBytesReader(bytes, end);
  const metaIndex = blockOf(footer);
  const index = blockOf(footer);
  if (bytes.subarray(footer.at, bytes.length - 8).some((byte) => byte !== 0)) {
    throw new LevelDamage('its footer is not what was written');
  }
  const blocks = [...handles(bytes, index), ...handles(bytes, metaIndex)];
  let at = 0;
  for (const block of [...blocks, metaIndex, index]) {
    if (block.offset !== at) throw new LevelDamage(`there is no block at ${String(at)}`);
    contentOf(bytes, block);
    at += block.size + TRAILER_BYTES;
  }
  if (at !== end) throw new LevelDamage(`there is no block at ${String(at)}`);
}

function blockOf(reader: LevelBytesReader): Block {
  return { offset: reader.varint(), size: reader.varint() };
}

/** The block's bytes, once they match their checksum. */
function contentOf(bytes: Buffer, { offset, size }: Block): Buffer {
  const trailer = offset + size;
  if (trailer + TRAILER_BYTES > bytes.length) throw new LevelDamage('a block lies behind its end');
  if (maskedCrc32c(bytes.subarray(offset, trailer + 1)) !== bytes.readUInt32LE(trailer + 1)) {
    throw new LevelDamage(`the block at ${String(offset)} does not match its checksum`);
  }
  if (bytes[trailer] !== 0) throw new LevelDamage(`the block at ${String(offset)} is compressed`);
  return bytes.subarray(offset, trailer);
}

/** The blocks that an index block names. */
function handles(bytes: Buffer, index: Block): readonly Block[] {
  const content = contentOf(bytes, index);
  const restarts = content.length < 4 ? 0 : content.readUInt32LE(content.length - 4);
  const entries = content.subarray(0, Math.max(0, content.length - 4 - 4 * restarts));
  const reader = new LevelBytesReader(entries);
  const found: Block[] = [];
  while (!reader.atEnd) {
    reader.varint();
    const keyBytes = reader.varint();
    const valueBytes = reader.varint();
    reader.skip(keyBytes);
    found.push(blockOf(new LevelBytesReader(reader.take(valueBytes))));
  }
  return found;
}
