import type { SourcePosition } from '../source/delta.ts';
import { beginValue, readValue, sealValue } from './checked-value.ts';
import { decodeValues, type DeltaCodec } from './delta-codec.ts';
import type { RecordFrame } from './log-record.ts';
import { TAIL_KEY } from './record-key.ts';

/** What the log knows besides its records; written with every batch. */
export interface LogTail {
  readonly epoch: number;
  /** The end of the record that reaches furthest, also when it is trimmed; `undefined` in an empty epoch. */
  readonly end: Pick<RecordFrame, 'through' | 'history' | 'cursor'> | undefined;
}

const END = 1;
const HISTORY = 2;
const CURSOR = 4;

export function encodeTail({ epoch, end }: LogTail, codecName: string): Uint8Array {
  const writer = beginValue(codecName, 64 + (end?.cursor?.length ?? 0));
  writer.uint32(epoch);
  writer.byte(
    end === undefined
      ? 0
      : END | (end.history === undefined ? 0 : HISTORY) | (end.cursor === undefined ? 0 : CURSOR),
  );
  if (end !== undefined) writer.uint64(end.through);
  if (end?.history !== undefined) writer.text(end.history);
  if (end?.cursor !== undefined) writer.sized(end.cursor);
  return sealValue(writer, () => TAIL_KEY);
}

export function decodeTail(value: Uint8Array, codec: DeltaCodec): LogTail {
  return readValue('its tail', TAIL_KEY, value, codec.name, (reader): LogTail => {
    const epoch = reader.uint32();
    const flags = reader.byte();
    if ((flags & END) === 0) return { epoch, end: undefined };
    const through = reader.uint64();
    const history = (flags & HISTORY) === 0 ? undefined : reader.text();
    const cursor = (flags & CURSOR) === 0 ? undefined : reader.sized();
    // A cursor that cannot be decoded must not be found out when the host asks where to go on.
    if (cursor !== undefined) decodeValues(codec, cursor, 1);
    return { epoch, end: { through, history, cursor } };
  });
}

/** The end of a log as the host knows it. */
export function positionOf(end: NonNullable<LogTail['end']>, codec: DeltaCodec): SourcePosition {
  const cursor = end.cursor === undefined ? undefined : decodeValues(codec, end.cursor, 1)[0];
  return { sequence: end.through, cursor, history: end.history };
}
