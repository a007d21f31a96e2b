import type { BlockList } from '../../ozone/protobuf/block-list.ts';
import { putInt64 } from '../encodings/big-endian.ts';
import { MAPPING_BYTES as TAIL_BYTES, UNDERSCORE } from './mapping-keys.ts';

/** A key whose rows wait: the bytes of its rows but for the tail, and how many of them are left. */
interface HeldKey {
  bytes: Uint8Array;
  length: number;
  rows: number;
}

/** One row that waits: `key "_" version "_" container`. */
interface PendingRow {
  key: HeldKey;
  tail: Uint8Array;
}

/** Takes one row of `keyContainerTable`: the first `length` bytes of `row`, of which `keyLength` are the OM's row key. */
export type RowTaker = (row: Uint8Array, length: number, keyLength: number) => void;

/**
 * Brings the rows of `keyContainerTable` into ascending order without a sort. Keys come in ascending order, but their
 * rows go on with `_`, which sorts behind digits, capitals, `-`, `.` and `/`: the rows of `key1` belong behind those of
 * `key10`. All rows still to come are greater than the key that has just come; so whatever is smaller than that can
 * go out, and the rest, the rows of keys that this one starts with, waits on a stack with the smallest row on top.
 */
export class PendingRows {
  readonly #take: RowTaker;
  readonly #rows: PendingRow[] = [];
  #length = 0;
  readonly #freeKeys: HeldKey[] = [];
  #row = new Uint8Array(1024);

  constructor(take: RowTaker) {
    this.#take = take;
  }

  /** Takes the distinct blocks, in ascending order, of the key `bytes[start .. end)`. */
  push(bytes: Uint8Array, start: number, end: number, blocks: BlockList): void {
    this.#flush(bytes, start, end);
    if (blocks.length === 0) return;
    const key = this.#hold(bytes, start, end, blocks.length);
    const below = this.#rows[this.#length - 1];
    const bottom = this.#length;
    for (let block = blocks.length - 1; block >= 0; block--) this.#pushRow(key, blocks, block);
    const largest = this.#rows[bottom];
    // A row that still waits is greater than this key. It is greater than all rows of this key, too, unless the key goes
    // on with `_` and bytes that no tool writes (zeros, say): then the rows of two keys alternate.
    if (bottom === 0 || bytes[start + (below?.key.length ?? 0)] !== UNDERSCORE) return;
    if (below !== undefined && largest !== undefined && compareRows(below, largest) < 0) this.#sort();
  }

  /** Lets everything out. */
  end(): void {
    while (this.#length > 0) this.#pop();
  }

  #flush(bytes: Uint8Array, start: number, end: number): void {
    for (;;) {
      const row = this.#rows[this.#length - 1];
      if (this.#length === 0 || row === undefined || !isBefore(row, bytes, start, end)) return;
      this.#pop();
    }
  }

  #pop(): void {
    const pending = this.#rows[--this.#length];
    if (pending === undefined) return;
    const { key, tail } = pending;
    const length = key.length + TAIL_BYTES;
    if (length > this.#row.length) this.#row = new Uint8Array(length * 2);
    this.#row.set(key.bytes.length === key.length ? key.bytes : key.bytes.subarray(0, key.length));
    this.#row.set(tail, key.length);
    if (--key.rows === 0) this.#freeKeys.push(key);
    this.#take(this.#row, length, key.length);
  }

  #hold(bytes: Uint8Array, start: number, end: number, rows: number): HeldKey {
    const length = end - start;
    const key = this.#freeKeys.pop() ?? { bytes: new Uint8Array(length * 2), length, rows };
    if (key.bytes.length < length) key.bytes = new Uint8Array(length * 2);
    for (let at = 0; at < length; at++) key.bytes[at] = bytes[start + at] ?? 0;
    key.length = length;
    key.rows = rows;
    return key;
  }

  #pushRow(key: HeldKey, blocks: BlockList, block: number): void {
    let pending = this.#rows[this.#length];
    if (pending === undefined) {
      pending = { key, tail: new Uint8Array(TAIL_BYTES) };
      this.#rows.push(pending);
    }
    this.#length++;
    pending.key = key;
    const { tail } = pending;
    tail[0] = UNDERSCORE;
    putInt64(tail, 1, blocks.versionHigh[block] ?? 0, blocks.versionLow[block] ?? 0);
    tail[9] = UNDERSCORE;
    putInt64(tail, 10, blocks.containerHigh[block] ?? 0, blocks.containerLow[block] ?? 0);
  }

  #sort(): void {
    const sorted = this.#rows.splice(0, this.#length).sort((left, right) => compareRows(right, left));
    this.#rows.unshift(...sorted);
  }
}

/** Whether a row is smaller than every row of the key `bytes[start .. end)` and of all keys behind it. */
function isBefore(row: PendingRow, bytes: Uint8Array, start: number, end: number): boolean {
  const { key, tail } = row;
  const length = end - start;
  // The held key is the smaller one; unless the new one goes on where it ends, that decides.
  if (length <= key.length) return true;
  const next = bytes[start + key.length] ?? 0;
  if (next > UNDERSCORE) return true;
  for (let at = key.length - 1; at >= 0; at--) if (key.bytes[at] !== bytes[start + at]) return true;
  if (next < UNDERSCORE) return false;
  for (let at = 1; at < TAIL_BYTES; at++) {
    if (key.length + at >= length) return false;
    const difference = (tail[at] ?? 0) - (bytes[start + key.length + at] ?? 0);
    if (difference !== 0) return difference < 0;
  }
  return true;
}

function compareRows(left: PendingRow, right: PendingRow): number {
  return Buffer.compare(wholeRow(left), wholeRow(right));
}

function wholeRow(row: PendingRow): Uint8Array {
  return Buffer.concat([row.key.bytes.subarray(0, row.key.length), row.tail]);
}
