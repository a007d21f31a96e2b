import type { QueuedAppend } from './append-queue.ts';
import { LogIndex } from './log-index.ts';
import type { LogStorage, LogWrite } from './log-storage.ts';
import { encodeTail, type LogTail } from './log-tail.ts';
import { encodeRecordKey, TAIL_KEY, type RecordKey } from './record-key.ts';

/**
 * Writes records and the tail that they make, in one synced batch. Resolves with what the log holds then: the index given,
 * or, when everything was forgotten, a new one.
 */
export async function writeAppends(
  storage: LogStorage,
  index: LogIndex,
  appends: readonly QueuedAppend[],
  codecName: string,
): Promise<LogIndex> {
  const records = appends.flatMap((append) => append.records);
  if (records.length === 0) {
    const tail: LogTail = { epoch: index.epoch + 1, end: undefined };
    await storage.write([{ key: TAIL_KEY, value: encodeTail(tail, codecName) }], { sync: true });
    return new LogIndex(tail);
  }
  const rows: LogWrite[] = [];
  const added: RecordKey[] = [];
  const written = new Set<string>();
  let end = index.end;
  for (const { frame, value } of records) {
    const key: RecordKey = {
      epoch: index.epoch,
      after: frame.after,
      through: frame.through,
      sizeBytes: value.length,
    };
    const bytes = encodeRecordKey(key);
    const text = Buffer.from(bytes).toString('latin1');
    const isFurthest = end === undefined || frame.through > end.through;
    // A delta that was sent again may have the very key of the one before; it replaces that.
    const replaces = !isFurthest && (written.has(text) || (await storage.get(bytes)) !== undefined);
    if (!replaces) added.push(key);
    written.add(text);
    rows.push({ key: bytes, value });
    if (isFurthest || frame.through === end?.through) end = frame;
  }
  if (end !== index.end) {
    rows.push({ key: TAIL_KEY, value: encodeTail({ epoch: index.epoch, end }, codecName) });
  }
  await storage.write(rows, { sync: true });
  for (const key of added) index.add(key);
  // Of one that replaces another, trimming may have forgotten a part.
  for (const { frame } of records) index.stretches.add(frame.after, frame.through);
  index.end = end;
  return index;
}
