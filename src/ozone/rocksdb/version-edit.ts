import { ByteReader } from './byte-reader.ts';
import type { InternalKey } from './internal-key.ts';
import { internalKey } from './internal-key.ts';
import type { LogRecord } from './log-records.ts';
import { unsupported } from './read-errors.ts';

/** A table file of the database, as the MANIFEST tells it. */
export interface TableFile {
  readonly number: number;
  readonly level: number;
  readonly sizeBytes: number;
  readonly smallest: InternalKey;
  readonly largest: InternalKey;
  readonly largestSequence: number;
}

/** One record of the MANIFEST: what changed in one column family. */
export interface VersionEdit {
  familyId: number;
  added?: string;
  dropped: boolean;
  comparator?: string;
  databaseId?: string;
  logNumber?: number;
  nextFileNumber?: number;
  lastSequence?: number;
  /** How many records of the same atomic group follow. */
  groupRemaining: number;
  readonly newFiles: TableFile[];
  readonly deletedFiles: { readonly level: number; readonly number: number }[];
}

/** RocksDB promises that readers may skip unknown tags with this bit; their value is length-prefixed. */
const SAFE_TO_IGNORE = 1 << 13;
const DATABASE_ID = SAFE_TO_IGNORE + 1;
const MAX_LEVEL = 63;

export function parseVersionEdit(record: LogRecord, file: string): VersionEdit {
  const reader = new ByteReader(record.bytes, file, record.offset);
  const edit: VersionEdit = {
    familyId: 0,
    dropped: false,
    groupRemaining: 0,
    newFiles: [],
    deletedFiles: [],
  };
  while (!reader.done) {
    const tag = reader.varint32();
    switch (tag) {
      case 1:
        edit.comparator = reader.text();
        break;
      case 2:
        edit.logNumber = reader.varint();
        break;
      case 3:
        edit.nextFileNumber = reader.varint();
        break;
      case 4:
        edit.lastSequence = reader.varint();
        break;
      case 5: // where the next compaction goes on
        readLevel(reader);
        reader.lengthPrefixed();
        break;
      case 6:
        edit.deletedFiles.push({ level: readLevel(reader), number: reader.varint() });
        break;
      case 9:
        if (reader.varint() !== 0) throw unsupported(file, 'a previous log number');
        break;
      case 10: // oldest log to keep; each family's own log number says it already
      case 203: // highest family id so far
        reader.varint();
        break;
      case 7:
      case 100:
      case 102:
      case 103:
        edit.newFiles.push(readTableFile(reader, tag, file));
        break;
      case 200:
        edit.familyId = reader.varint32();
        break;
      case 201:
        edit.added = reader.text();
        break;
      case 202:
        edit.dropped = true;
        break;
      case 300:
        edit.groupRemaining = reader.varint32();
        break;
      case 400:
      case 401:
        throw unsupported(file, 'blob files');
      case DATABASE_ID:
        edit.databaseId = reader.text();
        break;
      default:
        if ((tag & SAFE_TO_IGNORE) === 0) throw unsupported(file, `the unknown MANIFEST tag ${tag}`);
        reader.lengthPrefixed();
    }
  }
  return edit;
}

function readLevel(reader: ByteReader): number {
  const level = reader.varint32();
  if (level > MAX_LEVEL) throw reader.damage(`there is no level ${level}`);
  return level;
}

function readTableFile(reader: ByteReader, tag: number, file: string): TableFile {
  const level = readLevel(reader);
  const number = reader.varint();
  if (tag === 102) requireFirstPath(reader.varint32(), file);
  const sizeBytes = reader.varint();
  const smallest = internalKey(reader.lengthPrefixed());
  const largest = internalKey(reader.lengthPrefixed());
  if (smallest === undefined || largest === undefined) throw reader.damage('a key bound is too short');
  if (tag !== 7) reader.varint(); // smallest sequence
  const largestSequence = tag === 7 ? 0 : reader.varint();
  if (tag === 103) skipFileFields(reader, file);
  return { number, level, sizeBytes, smallest, largest, largestSequence };
}

/** The optional fields of a table file: a tag and a length-prefixed value each; those with bit 6 must be understood. */
function skipFileFields(reader: ByteReader, file: string): void {
  for (;;) {
    const tag = reader.varint32();
    if (tag === 1) return;
    const value = reader.lengthPrefixed();
    if (tag === 4) {
      if (new ByteReader(value, file).varint() !== 0) throw unsupported(file, 'blob files');
    } else if (tag === 65) {
      requireFirstPath(value[0] ?? 0, file);
    } else if ((tag & 64) !== 0) {
      throw unsupported(file, `the unknown table file field ${tag}`);
    }
  }
}

function requireFirstPath(pathId: number, file: string): void {
  if (pathId !== 0) throw unsupported(file, `more than one data path (path id ${pathId})`);
}
