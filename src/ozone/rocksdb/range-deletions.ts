import { compareSlices } from './byte-order.ts';
import type { InternalKey } from './internal-key.ts';

/** Deletes what is older than `sequence` from `start` up to, without, `end`. */
export interface RangeDeletion {
  readonly start: Uint8Array;
  readonly end: Uint8Array;
  readonly sequence: number;
  /**
   * The bounds of its table file. Compaction splits a deletion over files but does not cut its ends, so beyond these
   * bounds it says nothing: what lies there may have got sequence 0 meanwhile.
   */
  readonly within?: { readonly smallest: InternalKey; readonly largest: InternalKey };
}

/** Whether `deletion` hides the entry of that key and sequence. */
export function hides(
  deletion: RangeDeletion,
  keys: Uint8Array,
  keyStart: number,
  keyEnd: number,
  sequence: number,
): boolean {
  if (sequence >= deletion.sequence) return false;
  const against = (other: Uint8Array): number =>
    compareSlices(keys, keyStart, keyEnd, other, 0, other.length);
  if (against(deletion.start) < 0 || against(deletion.end) >= 0) return false;
  if (deletion.within === undefined) return true;
  const { smallest, largest } = deletion.within;
  const fromSmallest = against(smallest.userKey);
  if (fromSmallest < 0 || (fromSmallest === 0 && sequence > smallest.sequence)) return false;
  const fromLargest = against(largest.userKey);
  return fromLargest < 0 || (fromLargest === 0 && sequence >= largest.sequence);
}

/** The range deletions of one family, asked in ascending key order: each is looked at only where it can matter. */
export class RangeDeletionSweep {
  readonly #byStart: readonly RangeDeletion[];
  #next = 0;
  #open: RangeDeletion[] = [];

  /** `byStart` is in the order of the deletions' starts. */
  constructor(byStart: readonly RangeDeletion[]) {
    this.#byStart = byStart;
  }

  hides(keys: Uint8Array, keyStart: number, keyEnd: number, sequence: number): boolean {
    for (;;) {
      const next = this.#byStart[this.#next];
      if (next === undefined || compareSlices(keys, keyStart, keyEnd, next.start, 0, next.start.length) < 0)
        break;
      this.#open.push(next);
      this.#next++;
    }
    if (this.#open.length === 0) return false;
    let ended = false;
    for (const deletion of this.#open) {
      if (hides(deletion, keys, keyStart, keyEnd, sequence)) return true;
      ended ||= compareSlices(keys, keyStart, keyEnd, deletion.end, 0, deletion.end.length) >= 0;
    }
    if (ended) {
      this.#open = this.#open.filter(
        (d) => compareSlices(keys, keyStart, keyEnd, d.end, 0, d.end.length) < 0,
      );
    }
    return false;
  }
}
