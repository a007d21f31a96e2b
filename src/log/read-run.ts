import type { SourceEvent } from '../source/delta.ts';
import { decodeValues, type DeltaCodec } from './delta-codec.ts';
import { readRecord, type OpenRecord } from './log-record.ts';
import { logCorrupt } from './log-errors.ts';
import type { LogStorage } from './log-storage.ts';
import { decodeRecordKey, lowestKey } from './record-key.ts';

/** How much `read` may give. */
export interface ReadLimits {
  readonly maxEvents: number;
  /** Of the events as they lie in the log. */
  readonly maxBytes: number;
  /** Nothing after it. */
  readonly through?: bigint;
}

/** Events that follow one another without a gap, joined over records. */
export interface LoggedRun {
  readonly after: bigint;
  readonly through: bigint;
  readonly events: readonly SourceEvent[];
  /** That of the record which ends exactly at `through`, else `undefined`. */
  readonly cursor: unknown;
  readonly history: string | undefined;
}

/**
 * Reads from `from` on to `end`, or to a limit, which is kept but for one sequence that is larger by itself. Records must
 * cover all up to `end`. Damage ends a run; only where it begins, nothing can be read.
 */
export async function readRun(
  storage: LogStorage,
  codec: DeltaCodec,
  { epoch, from, reach }: { readonly epoch: number; readonly from: bigint; readonly reach: bigint },
  limits: ReadLimits,
): Promise<LoggedRun> {
  const end = limits.through !== undefined && limits.through < reach ? limits.through : reach;
  const run = new RunBuilder(from, end, limits);
  // In order of their ends: one that begins too late when it comes by ends below those that are still to come.
  const rows = storage.rows({ gte: lowestKey(epoch, from + 1n), lt: lowestKey(epoch, reach + 1n) });
  for await (const [bytes, value] of rows) {
    const key = decodeRecordKey(bytes);
    if (key !== undefined && (key.after > run.through || key.through <= run.through)) continue;
    const sound = run.events.length;
    try {
      if (key === undefined) throw logCorrupt('the key of a record is damaged');
      if (!readRecord(bytes, key, value, codec, (record) => run.take(record))) break;
    } catch (error) {
      if (run.through === from) throw error;
      run.events.length = sound;
      break;
    }
  }
  if (run.through === from) throw logCorrupt(`the record that follows ${from} is missing`);
  const { events, through, cursor, history } = run;
  return { after: from, through, events, history, cursor: decodeCursor(cursor, codec, through) };
}

function decodeCursor(cursor: Uint8Array | undefined, codec: DeltaCodec, through: bigint): unknown {
  if (cursor === undefined) return undefined;
  try {
    return decodeValues(codec, cursor, 1)[0];
  } catch (error) {
    throw logCorrupt(`the cursor of ${through} cannot be decoded`, error);
  }
}

class RunBuilder {
  readonly #limits: ReadLimits;
  readonly #end: bigint;
  readonly events: SourceEvent[] = [];
  through: bigint;
  cursor: Uint8Array | undefined;
  history: string | undefined;
  #bytes = 0;
  #isEmpty = true;

  constructor(from: bigint, end: bigint, limits: ReadLimits) {
    this.through = from;
    this.#end = end;
    this.#limits = limits;
  }

  /** Takes what it may of the record; whether it wants another one. */
  take(record: OpenRecord): boolean {
    if (!this.#isEmpty && record.history !== this.history) return false;
    this.#isEmpty = false;
    this.history = record.history;
    const end = this.#end < record.through ? this.#end : record.through;
    this.#bytes += record.frameBytes;
    if (!this.#takeEvents(record.events, end)) return false;
    this.through = end;
    this.cursor = end === record.through ? record.cursor : undefined;
    return end < this.#end && !this.#isFull();
  }

  /** False when a limit was reached before `end`: then the run ends between two sequences. */
  #takeEvents(events: OpenRecord['events'], end: bigint): boolean {
    const start = this.through;
    let sequence = start;
    let sequenceBefore = start;
    /** Index of the first event of `sequence`: its events are taken whole or, unless they are the first, not at all. */
    let first = this.events.length;
    for (const { event, sizeBytes } of events) {
      if (event.sequence <= start) continue;
      if (event.sequence > end) break;
      if (event.sequence !== sequence) {
        if (this.events.length > 0 && this.#isFull()) return this.#cut(this.events.length, sequence);
        first = this.events.length;
        sequenceBefore = sequence;
        sequence = event.sequence;
      }
      this.events.push(event);
      this.#bytes += sizeBytes;
      if (first > 0 && this.#isOver()) return this.#cut(first, sequenceBefore);
    }
    return true;
  }

  #cut(length: number, through: bigint): false {
    this.events.length = length;
    if (through === this.through) return false;
    this.through = through;
    this.cursor = undefined;
    return false;
  }

  #isFull(): boolean {
    return this.events.length >= this.#limits.maxEvents || this.#bytes >= this.#limits.maxBytes;
  }

  #isOver(): boolean {
    return this.events.length > this.#limits.maxEvents || this.#bytes > this.#limits.maxBytes;
  }
}
