import { maskedCrc32c } from './crc32c.ts';
import { LevelDamage } from './level-damage.ts';

const BLOCK_BYTES = 32768;
const HEADER_BYTES = 7;
const LAST_TYPE = 4;
const STARTS: readonly number[] = [1, 2];
const ENDS: readonly number[] = [1, 4];

/**
 * The records of a log or MANIFEST, each checked against its checksum. What a dead process had not written to its end is
 * no damage: it was never acknowledged.
 *
 * @throws LevelDamage
 */
export function logRecords(bytes: Buffer): readonly Buffer[] {
  const records: Buffer[] = [];
  let parts: Buffer[] = [];
  let at = 0;
  while (at < bytes.length) {
    const blockEnd = Math.min(at - (at % BLOCK_BYTES) + BLOCK_BYTES, bytes.length);
    const isLast = blockEnd === bytes.length;
    if (blockEnd - at < HEADER_BYTES) {
      if (!isLast || blockEnd % BLOCK_BYTES === 0) checkZero(bytes, at, blockEnd);
      at = blockEnd;
      continue;
    }
    const length = bytes.readUInt16LE(at + 4);
    const type = bytes.readUInt8(at + 6);
    if (type === 0 && length === 0) {
      checkZero(bytes, at, bytes.length);
      break;
    }
    const end = at + HEADER_BYTES + length;
    if (end > blockEnd) {
      if (isLast) break;
      throw new LevelDamage(`the record at ${String(at)} is too long`);
    }
    if (maskedCrc32c(bytes.subarray(at + 6, end)) !== bytes.readUInt32LE(at)) {
      throw new LevelDamage(`the record at ${String(at)} does not match its checksum`);
    }
    if (type > LAST_TYPE || STARTS.includes(type) !== (parts.length === 0)) {
      throw new LevelDamage(`the record at ${String(at)} is out of place`);
    }
    parts.push(bytes.subarray(at + HEADER_BYTES, end));
    if (ENDS.includes(type)) {
      records.push(Buffer.concat(parts));
      parts = [];
    }
    at = end;
  }
  return records;
}

function checkZero(bytes: Buffer, start: number, end: number): void {
  if (bytes.subarray(start, end).every((byte) => byte === 0)) return;
  throw new LevelDamage(`something lies at ${String(start)}, where nothing should`);
}
