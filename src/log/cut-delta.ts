import type { Delta, SourceEvent } from '../source/delta.ts';
import { expected } from '../store/expected.ts';
import { encodeValues, type DeltaCodec } from './delta-codec.ts';
import { encodeRecord, type RecordFrame } from './log-record.ts';

const PIECE_BYTES = 1 << 20;
const PIECE_EVENTS = 4096;
const SEQUENCE_LIMIT = 1n << 63n;

/** One record, encoded. */
export interface EncodedRecord {
  readonly frame: RecordFrame;
  readonly value: Uint8Array;
}

/**
 * Encodes a delta. A large one becomes several records, cut between sequences, so that reading it in parts does not read
 * all of it each time; they are written together, and the cursor is that of the last.
 *
 * @throws TypeError on sequences that the log has no room for, and on what the codec refuses.
 */
export function encodeDelta(delta: Delta, codec: DeltaCodec): readonly EncodedRecord[] {
  const { after, through, history, events } = delta;
  checkSequence('delta.after', after);
  checkSequence('delta.through', through);
  if (after >= through) throw expected('delta.through', `above delta.after (${after})`, through);
  const cursor = delta.cursor === undefined ? undefined : encodeValues(codec, [delta.cursor], () => 'cursor');
  const records: EncodedRecord[] = [];
  let first = 0;
  let start = after;
  const add = (end: number, reaches: bigint): void => {
    const isLast = end === events.length;
    const frame = { after: start, through: reaches, history, cursor: isLast ? cursor : undefined };
    const part = records.length === 0 && isLast ? events : events.slice(first, end);
    records.push({ frame, value: encodeRecord(frame, part, first, codec) });
    first = end;
    start = reaches;
  };
  let bytes = 0;
  for (const [index, event] of events.entries()) {
    const before = events[index - 1];
    const isFull = bytes >= PIECE_BYTES || index - first >= PIECE_EVENTS;
    if (isFull && before !== undefined && before.sequence < event.sequence) {
      add(index, before.sequence);
      bytes = 0;
    }
    bytes += sizeOf(event);
  }
  add(events.length, through);
  return records;
}

/** Throws `TypeError` on what is no sequence. */
export function checkSequence(name: string, value: unknown): void {
  if (typeof value === 'bigint' && value >= 0n && value < SEQUENCE_LIMIT) return;
  throw expected(name, 'a bigint from 0 to 2^63 - 1', value);
}

function sizeOf({ key, before, after }: SourceEvent): number {
  return key.length + (before?.length ?? 0) + (after?.length ?? 0);
}
