import type { Delta, SourceEvent } from '../source/delta.ts';
import { expected } from '../store/expected.ts';
import type { ByteReader } from './byte-reader.ts';
import type { ByteWriter } from './byte-writer.ts';
import { beginValue, readValue, sealValue } from './checked-value.ts';
import { decodeValues, encodeValues, type DeltaCodec } from './delta-codec.ts';
import { checkedPart, encodeRecordKey, type RecordKey } from './record-key.ts';

/** Bits of a record. */
const HISTORY = 1;
const CURSOR = 2;
const DATA = 4;
/** Bits of an event. */
const BEFORE = 1;
const AFTER = 2;
const HAS_DATA = 4;
const WIDE_STEP = 8;

/** What a record keeps besides its events. */
export interface RecordFrame {
  readonly after: bigint;
  readonly through: bigint;
  readonly history: string | undefined;
  /** As the codec encoded it. */
  readonly cursor: Uint8Array | undefined;
}

/** Encodes some events of a delta; `firstIndex` is that of the first of them in the delta, for messages. */
export function encodeRecord(
  frame: RecordFrame,
  events: Delta['events'],
  firstIndex: number,
  codec: DeltaCodec,
): Uint8Array {
  const dataAt: number[] = [];
  let capacity = 64 + (frame.cursor?.length ?? 0);
  for (const [index, event] of events.entries()) {
    if (event.data !== undefined) dataAt.push(index);
    capacity += 24 + event.key.length + (event.before?.length ?? 0) + (event.after?.length ?? 0);
  }
  const data =
    dataAt.length === 0
      ? undefined
      : encodeValues(
          codec,
          dataAt.map((index) => events[index]?.data),
          (index) => `events[${firstIndex + (dataAt[index] ?? 0)}].data`,
        );
  const writer = beginValue(codec.name, capacity + (data?.length ?? 0));
  const { history, cursor } = frame;
  writer.byte(
    (history === undefined ? 0 : HISTORY) |
      (cursor === undefined ? 0 : CURSOR) |
      (data === undefined ? 0 : DATA),
  );
  if (history !== undefined) writer.text(history);
  if (cursor !== undefined) writer.sized(cursor);
  if (data !== undefined) {
    writer.varint(dataAt.length);
    writer.sized(data);
  }
  writeEvents(writer, frame, events, firstIndex);
  return sealValue(writer, (sizeBytes) => checkedPart(encodeRecordKey({ epoch: 0, ...frame, sizeBytes })));
}

function writeEvents(
  writer: ByteWriter,
  { after, through }: RecordFrame,
  events: Delta['events'],
  firstIndex: number,
): void {
  const tables = [...new Set(events.map(({ table }) => table))];
  const tableIndexes = new Map(tables.map((table, index) => [table, index]));
  writer.varint(tables.length);
  for (const table of tables) writer.text(table);
  writer.varint(events.length);
  let last = after;
  for (const [index, event] of events.entries()) {
    const { sequence, before } = event;
    if (sequence < last || sequence <= after || sequence > through) {
      throw expected(
        `events[${firstIndex + index}].sequence`,
        `above ${after}, not above ${through}, and not below that of the event before`,
        sequence,
      );
    }
    const step = sequence - last;
    const isWide = step > 0xffff_ffffn;
    last = sequence;
    writer.byte(
      (before === undefined ? 0 : BEFORE) |
        (event.after === undefined ? 0 : AFTER) |
        (event.data === undefined ? 0 : HAS_DATA) |
        (isWide ? WIDE_STEP : 0),
    );
    if (isWide) writer.uint64(step);
    else writer.varint(Number(step));
    writer.varint(tableIndexes.get(event.table) ?? 0);
    writer.sized(event.key);
    if (before !== undefined) writer.sized(before);
    if (event.after !== undefined) writer.sized(event.after);
  }
}

/** A record whose events are decoded one by one. */
export interface OpenRecord extends RecordFrame {
  /** What it costs besides its events. */
  readonly frameBytes: number;
  readonly events: Iterable<{ readonly event: SourceEvent; readonly sizeBytes: number }>;
}

/** Hands the checked record to `use`; what is thrown because of its bytes is `REPROCESS_DELTA_LOG_CORRUPT`. */
export function readRecord<T>(
  key: Uint8Array,
  { after, through }: RecordKey,
  value: Uint8Array,
  codec: DeltaCodec,
  use: (record: OpenRecord) => T,
): T {
  return readValue(`the record (${after}, ${through}]`, checkedPart(key), value, codec.name, (reader) => {
    const flags = reader.byte();
    const history = (flags & HISTORY) === 0 ? undefined : reader.text();
    const cursor = (flags & CURSOR) === 0 ? undefined : reader.sized();
    const start = reader.position;
    let data: readonly unknown[] = [];
    let dataBytes = 0;
    if ((flags & DATA) !== 0) {
      const count = reader.varint();
      const bytes = reader.sized();
      data = decodeValues(codec, bytes, count);
      dataBytes = Math.ceil(bytes.length / count);
    }
    const frameBytes = start + key.length;
    return use({
      after,
      through,
      history,
      cursor,
      frameBytes,
      events: readEvents(reader, after, data, dataBytes),
    });
  });
}

function* readEvents(reader: ByteReader, after: bigint, data: readonly unknown[], dataBytes: number) {
  const tables: string[] = [];
  for (let count = reader.varint(); count > 0; count--) tables.push(reader.text());
  let sequence = after;
  let nextData = 0;
  for (let count = reader.varint(); count > 0; count--) {
    const start = reader.position;
    const flags = reader.byte();
    sequence += (flags & WIDE_STEP) === 0 ? BigInt(reader.varint()) : reader.uint64();
    const table = tables[reader.varint()];
    if (table === undefined) throw new RangeError('an event names no table of its record');
    const key = reader.sized();
    const hasData = (flags & HAS_DATA) !== 0;
    const event: SourceEvent = {
      sequence,
      table,
      key,
      ...((flags & BEFORE) === 0 ? {} : { before: reader.sized() }),
      ...((flags & AFTER) === 0 ? {} : { after: reader.sized() }),
      ...(hasData ? { data: data[nextData++] } : {}),
    };
    yield { event, sizeBytes: reader.position - start + (hasData ? dataBytes : 0) };
  }
}
