import { ByteReader } from './byte-reader.ts';
import { DELETION, SINGLE_DELETION, VALUE } from './internal-key.ts';
import type { LogRecord } from './log-records.ts';
import { unsupported } from './read-errors.ts';

/** Gets the operations of write batches in order; the views are valid during the call. */
export interface WriteBatchVisitor {
  /** `kind` is `VALUE`, `DELETION` or `SINGLE_DELETION`. */
  entry(familyId: number, kind: number, sequence: number, key: Uint8Array, value: Uint8Array): void;
  /** Everything from `start` up to, without, `end` is deleted. */
  rangeDeletion(familyId: number, sequence: number, start: Uint8Array, end: Uint8Array): void;
}

const HEADER_BYTES = 12;
const NO_VALUE = new Uint8Array(0);

const UNSUPPORTED: Readonly<Record<number, string>> = {
  0x02: 'a merge operand (2)',
  0x06: 'a merge operand (2)',
  0x09: 'two-phase commit',
  0x0a: 'two-phase commit',
  0x0b: 'two-phase commit',
  0x0c: 'two-phase commit',
  0x10: 'a blob index (0x11)',
  0x11: 'a blob index (0x11)',
  0x12: 'two-phase commit',
  0x13: 'two-phase commit',
  0x14: 'a deletion with a timestamp (0x14)',
  0x15: 'two-phase commit',
  0x16: 'a wide-column entity (0x16)',
  0x17: 'a wide-column entity (0x16)',
};

/** The sequences of the first and the last operation of a batch. */
export interface BatchSequences {
  readonly first: number;
  readonly last: number;
}

/**
 * Reads one record of a WAL: a write batch, whose operations have consecutive sequences.
 *
 * @returns `undefined` when it has no operation
 */
export function readWriteBatch(
  record: LogRecord,
  file: string,
  visitor: WriteBatchVisitor,
): BatchSequences | undefined {
  const reader = new ByteReader(record.bytes, file, record.offset);
  return readOperations(reader, visitor, (feature) => unsupported(file, feature));
}

/** Reads a whole write batch. What does not fit is damage as the reader tells it; the rest is `unknown`. */
export function readOperations(
  reader: ByteReader,
  visitor: WriteBatchVisitor,
  unknown: (feature: string) => Error,
): BatchSequences | undefined {
  if (reader.end - reader.at < HEADER_BYTES) throw reader.damage('a write batch is shorter than its header');
  const first = reader.u64();
  const count = reader.u32();
  let sequence = first;
  while (!reader.done) {
    const tag = reader.u8();
    switch (tag) {
      case 0x00:
      case 0x04:
        visitor.entry(
          tag === 0x04 ? reader.varint32() : 0,
          DELETION,
          sequence++,
          reader.lengthPrefixed(),
          NO_VALUE,
        );
        break;
      case 0x01:
      case 0x05: {
        const familyId = tag === 0x05 ? reader.varint32() : 0;
        const key = reader.lengthPrefixed();
        visitor.entry(familyId, VALUE, sequence++, key, reader.lengthPrefixed());
        break;
      }
      case 0x07:
      case 0x08: {
        const familyId = tag === 0x08 ? reader.varint32() : 0;
        visitor.entry(familyId, SINGLE_DELETION, sequence++, reader.lengthPrefixed(), NO_VALUE);
        break;
      }
      case 0x0e:
      case 0x0f: {
        const familyId = tag === 0x0e ? reader.varint32() : 0;
        const start = reader.lengthPrefixed();
        visitor.rangeDeletion(familyId, sequence++, start, reader.lengthPrefixed());
        break;
      }
      case 0x03: // data for readers of the log
        reader.lengthPrefixed();
        break;
      case 0x0d: // no operation
        break;
      default:
        throw unknown(UNSUPPORTED[tag] ?? `the unknown write batch tag ${tag}`);
    }
  }
  if (sequence - first !== count) throw reader.damage('a write batch does not hold what its header says');
  return count === 0 ? undefined : { first, last: sequence - 1 };
}
