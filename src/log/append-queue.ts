import type { EncodedRecord } from './cut-delta.ts';
import type { LogIndex } from './log-index.ts';
import { RECORD_KEY_BYTES } from './record-key.ts';
import { SequenceStretches } from './sequence-stretches.ts';

/** What waits to be written: the records of one delta, or, without any, the end of the history before. */
export interface QueuedAppend {
  readonly records: readonly EncodedRecord[];
  readonly bytes: number;
  /** Whether it went on from what was accepted before it. */
  readonly joined: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

const BATCH_BYTES = 8 << 20;

/** What was accepted and is not durable yet, in the order of the calls. */
export class AppendQueue {
  /** What is being written; part of what was accepted. */
  #writing: readonly QueuedAppend[] = [];
  #waiting: QueuedAppend[] = [];
  /** Durable or accepted. */
  accepted = new SequenceStretches();
  acceptedThrough: bigint | undefined;
  bytes = 0;

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  /** Without records: what is durable, and what was accepted before, will be forgotten. */
  add(records: readonly EncodedRecord[]): { readonly written: Promise<void>; readonly bytes: number } {
    const bytes = records.reduce((sum, { value }) => sum + value.length + RECORD_KEY_BYTES, 0);
    const [first] = records;
    const joined = first !== undefined && this.accepted.joins(first.frame.after);
    const written = new Promise<void>((resolve, reject) => {
      this.#waiting.push({ records, bytes, joined, resolve, reject });
    });
    // Whoever does not wait for the disk need not look at the promise.
    written.catch(() => undefined);
    this.#accept(records);
    this.bytes += bytes;
    return { written, bytes };
  }

  /** The next ones to be written in one batch; a forgetting goes alone. */
  take(): readonly QueuedAppend[] {
    let bytes = 0;
    let count = 0;
    for (const append of this.#waiting) {
      bytes += append.bytes;
      const isDrop = append.records.length === 0;
      if (count > 0 && (isDrop || bytes > BATCH_BYTES)) break;
      count += 1;
      if (isDrop) break;
    }
    this.#writing = this.#waiting.splice(0, count);
    return this.#writing;
  }

  /** What was taken is durable. */
  settle(): void {
    const written = this.#writing;
    this.#writing = [];
    for (const append of written) {
      this.bytes -= append.bytes;
      append.resolve();
    }
  }

  /**
   * What was taken, or, if nothing was, what waits, is not in the log. With it fails what came after a forgetting, and
   * what went on from what failed: it would leave a gap.
   */
  fail(error: unknown, durable: LogIndex): void {
    const failed = this.#writing;
    const waiting = this.#waiting;
    const failAll = failed.length === 0 || failed.some(({ records }) => records.length === 0);
    this.#writing = [];
    this.#waiting = [];
    for (const append of failed) this.#reject(append, error);
    this.refresh(durable);
    for (const append of waiting) {
      const [first] = append.records;
      if (failAll || (first !== undefined && append.joined && !this.accepted.joins(first.frame.after))) {
        this.#reject(append, error);
      } else {
        this.#waiting.push(append);
        this.#accept(append.records);
      }
    }
  }

  /** What is durable has changed otherwise than by what was taken. */
  refresh(durable: LogIndex): void {
    this.accepted = durable.stretches.copy();
    this.acceptedThrough = durable.end?.through;
    for (const { records } of [...this.#writing, ...this.#waiting]) this.#accept(records);
  }

  #accept(records: readonly EncodedRecord[]): void {
    if (records.length === 0) {
      this.accepted = new SequenceStretches();
      this.acceptedThrough = undefined;
    }
    for (const { frame } of records) {
      this.accepted.add(frame.after, frame.through);
      if (this.acceptedThrough === undefined || frame.through > this.acceptedThrough)
        this.acceptedThrough = frame.through;
    }
  }

  #reject(append: QueuedAppend, error: unknown): void {
    this.bytes -= append.bytes;
    append.reject(error);
  }
}
