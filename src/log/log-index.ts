import { StagedReprocessError } from '../errors.ts';
import type { DeltaCodec } from './delta-codec.ts';
import { logCorrupt } from './log-errors.ts';
import type { LogStorage } from './log-storage.ts';
import { decodeTail, type LogTail } from './log-tail.ts';
import { decodeRecordKey, lowestKey, RECORD_KEY_BYTES, TAIL_KEY, type RecordKey } from './record-key.ts';
import { SequenceStretches } from './sequence-stretches.ts';

/** What the log holds in memory about its durable records: nothing of the single record. */
export class LogIndex {
  readonly epoch: number;
  end: LogTail['end'];
  readonly stretches = new SequenceStretches();
  records = 0;
  sizeBytes = 0;
  /** No record ends below it. Spares trimming the way over what was deleted already. */
  lowest: bigint | undefined;

  constructor({ epoch, end }: LogTail) {
    this.epoch = epoch;
    this.end = end;
  }

  /**
   * Reads the tail and all keys.
   *
   * @throws StagedReprocessError `REPROCESS_DELTA_LOG_CORRUPT`, `REPROCESS_FORMAT_NEWER`, `REPROCESS_FOREIGN_DATA`.
   */
  static async load(storage: LogStorage, codec: DeltaCodec): Promise<LogIndex> {
    await checkOwn(storage);
    const tail = await storage.get(TAIL_KEY);
    const index = new LogIndex(tail === undefined ? { epoch: 0, end: undefined } : decodeTail(tail, codec));
    const first = lowestKey(index.epoch, 0n);
    for await (const keys of storage.keys({ gte: first })) {
      for (const bytes of keys) {
        const key = decodeRecordKey(bytes);
        if (key === undefined) throw logCorrupt('the key of a record is damaged');
        if (key.epoch !== index.epoch || index.end === undefined || key.through > index.end.through)
          throw logCorrupt(`the record (${key.after}, ${key.through}] lies behind its tail`);
        index.add(key);
      }
    }
    return index;
  }

  add(key: RecordKey): void {
    this.stretches.add(key.after, key.through);
    this.records += 1;
    this.sizeBytes += bytesOf(key);
    if (this.lowest === undefined || key.through < this.lowest) this.lowest = key.through;
  }

  /** Takes keys that were deleted out of the count. */
  remove(keys: readonly Uint8Array[]): void {
    for (const bytes of keys) {
      const key = decodeRecordKey(bytes);
      if (key === undefined) continue;
      this.records -= 1;
      this.sizeBytes -= bytesOf(key);
    }
  }
}

function bytesOf({ sizeBytes }: RecordKey): number {
  return RECORD_KEY_BYTES + sizeBytes;
}

/** A LevelDB of the host may lie under the log's name: nothing is written into it. */
async function checkOwn(storage: LogStorage): Promise<void> {
  for await (const keys of storage.keys({ gte: new Uint8Array() })) {
    const isOwn = keys.some(
      (key) =>
        (key.length === TAIL_KEY.length && key[0] === TAIL_KEY[0]) || decodeRecordKey(key) !== undefined,
    );
    if (isOwn) return;
    throw new StagedReprocessError(
      'REPROCESS_FOREIGN_DATA',
      "At the place of the delta log lies a database that is not the library's. Nothing was changed",
    );
  }
}
