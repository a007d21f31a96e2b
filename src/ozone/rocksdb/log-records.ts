import type { Crc32c } from './crc32c.ts';
import { maskCrc } from './crc32c.ts';
import { damaged, unsupported } from './read-errors.ts';

const BLOCK_BYTES = 32 << 10;
const HEADER_BYTES = 7;
const FULL = 1;
const FIRST = 2;
const MIDDLE = 3;
const LAST = 4;
/** RocksDB promises that readers may skip record types with this bit. */
const SAFE_TO_IGNORE = 0x80;

const UNSUPPORTED: Readonly<Record<number, string>> = {
  5: 'recycled log files',
  6: 'recycled log files',
  7: 'recycled log files',
  8: 'recycled log files',
  9: 'a compressed log',
  10: 'user-defined timestamps',
  11: 'user-defined timestamps',
};

/** Their headers go on with the number of the log. */
const RECYCLED: ReadonlySet<number> = new Set([5, 6, 7, 8, 11, 131]);
const LOG_NUMBER_BYTES = 4;

export interface LogRecord {
  readonly bytes: Uint8Array;
  /** Where the record begins in its file. */
  readonly offset: number;
}

export interface LogOptions {
  readonly crc: Crc32c;
  /** Whether a record that the end of the file cuts off is the log's end (a crash) or damage. */
  readonly tornTail: 'end' | 'damage';
}

/**
 * The records of a RocksDB log file, which MANIFEST and WAL share: 32 KiB blocks of fragments, each with its CRC.
 */
export function* logRecords(log: Uint8Array, file: string, options: LogOptions): Generator<LogRecord> {
  let pending: Uint8Array[] = [];
  let pendingOffset = 0;
  let at = 0;
  while (at < log.length) {
    const wholeBlockEnd = at - (at % BLOCK_BYTES) + BLOCK_BYTES;
    const blockEnd = Math.min(wholeBlockEnd, log.length);
    if (blockEnd - at < HEADER_BYTES) {
      if (blockEnd < wholeBlockEnd) endTorn(log, at, file, options);
      at = blockEnd;
      continue;
    }
    const length = (log[at + 4] ?? 0) | ((log[at + 5] ?? 0) << 8);
    const type = log[at + 6] ?? 0;
    if (type === 0 && length === 0 && isZero(log, at)) break; // space that was allocated ahead of writing
    const end = at + HEADER_BYTES + (RECYCLED.has(type) ? LOG_NUMBER_BYTES : 0) + length;
    if (end > wholeBlockEnd) throw damaged(file, at, 'a record crosses the end of its block');
    if (end > blockEnd) {
      endTorn(log, at, file, options);
      return;
    }
    if (maskCrc(options.crc.of(log, at + 6, end)) !== storedCrc(log, at)) {
      throw damaged(file, at, 'the checksum of a log record does not fit');
    }
    const bytes = log.subarray(at + HEADER_BYTES, end);
    const opens = type === FULL || type === FIRST;
    if (opens || type === MIDDLE || type === LAST) {
      if (opens !== (pending.length === 0))
        throw damaged(file, at, 'the parts of a log record do not fit together');
      if (opens) pendingOffset = at;
      pending.push(bytes);
      if (type === FULL || type === LAST) {
        yield { bytes: pending.length === 1 ? bytes : Buffer.concat(pending), offset: pendingOffset };
        pending = [];
      }
    } else if (type < SAFE_TO_IGNORE) {
      throw unsupported(file, UNSUPPORTED[type] ?? `the unknown log record type ${type}`);
    }
    at = end;
  }
  if (pending.length > 0 && options.tornTail === 'damage') {
    throw damaged(file, pendingOffset, 'the log ends in the middle of a record');
  }
}

/** Returns when the cut record at `at` may be the log's end, else throws. */
function endTorn(log: Uint8Array, at: number, file: string, { crc, tornTail }: LogOptions): void {
  if (tornTail === 'damage') throw damaged(file, at, 'the log ends in the middle of a record');
  // A damaged length looks like a cut record too, and would silently drop what follows. Then the checksum still fits
  // some shorter length: a record that was really cut has none.
  if (log.length - at < HEADER_BYTES) return;
  const stored = storedCrc(log, at);
  let state = crc.extend(-1, log, at + 6, at + 7);
  for (let end = at + HEADER_BYTES; end <= log.length; end++) {
    if (maskCrc(crc.finish(state)) === stored)
      throw damaged(file, at, 'the length of a log record does not fit');
    state = crc.extend(state, log, end, end + 1);
  }
}

function storedCrc(log: Uint8Array, at: number): number {
  return (
    ((log[at] ?? 0) | ((log[at + 1] ?? 0) << 8) | ((log[at + 2] ?? 0) << 16) | ((log[at + 3] ?? 0) << 24)) >>>
    0
  );
}

function isZero(log: Uint8Array, from: number): boolean {
  for (let i = from; i < log.length; i++) if (log[i] !== 0) return false;
  return true;
}
