import { compareBytes } from './compare-bytes.ts';
import type { RowTarget } from './sorted-rows.ts';

/** One sorted run, read from its start. The current row's bytes are valid until the next `advance`. */
export interface RunCursor {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Which task wrote the row. */
  readonly origin: number;
  advance(): boolean | Promise<boolean>;
  close(): Promise<void>;
}

export type Combine = (
  left: Uint8Array,
  leftOrigin: number,
  right: Uint8Array,
  rightOrigin: number,
  key: Uint8Array,
) => Uint8Array;

interface Entry {
  readonly cursor: RunCursor;
  /** Runs are numbered in the order of their writing: of equal keys the one of the later run is the later row. */
  readonly run: number;
}

/** A k-way merge over a binary heap; equal keys are combined, then handed on once. */
export async function mergeRuns(
  cursors: readonly RunCursor[],
  combine: Combine,
  target: RowTarget,
): Promise<void> {
  const heap: Entry[] = [];
  for (const [run, cursor] of cursors.entries()) {
    if (await cursor.advance()) push(heap, { cursor, run });
  }
  const pending = new PendingRow();
  for (let entry = heap[0]; entry !== undefined; entry = heap[0]) {
    const { cursor } = entry;
    if (pending.has && pending.isKey(cursor.key)) {
      pending.combine(combine, cursor);
    } else {
      if (pending.has) {
        const wait = pending.hand(target);
        if (wait !== undefined) await wait;
      }
      pending.set(cursor);
    }
    const more = cursor.advance();
    const hasMore = typeof more === 'boolean' ? more : await more;
    if (!hasMore) removeTop(heap);
    siftDown(heap, 0);
  }
  if (pending.has) await pending.hand(target);
}

/** A copy of the row that waits for others of its key. */
class PendingRow {
  has = false;
  #key = new Uint8Array(256);
  #keyLength = 0;
  #value: Uint8Array = new Uint8Array(1024);
  #valueLength = 0;
  #origin = 0;

  isKey(key: Uint8Array): boolean {
    if (key.length !== this.#keyLength) return false;
    // From the end: neighbouring keys differ there.
    for (let i = key.length - 1; i >= 0; i--) if (key[i] !== this.#key[i]) return false;
    return true;
  }

  set(cursor: RunCursor): void {
    const { key } = cursor;
    if (key.length > this.#key.length) this.#key = new Uint8Array(key.length * 2);
    this.#key.set(key);
    this.#keyLength = key.length;
    this.#setValue(cursor.value);
    this.#origin = cursor.origin;
    this.has = true;
  }

  combine(combine: Combine, cursor: RunCursor): void {
    const left = this.#value.subarray(0, this.#valueLength);
    this.#setValue(combine(left, this.#origin, cursor.value, cursor.origin, cursor.key));
    this.#origin = cursor.origin;
  }

  hand(target: RowTarget): Promise<void> | undefined {
    return target(this.#key, this.#keyLength, this.#value, this.#valueLength);
  }

  #setValue(value: Uint8Array): void {
    if (value.length > this.#value.length) this.#value = new Uint8Array(value.length * 2);
    this.#value.set(value);
    this.#valueLength = value.length;
  }
}

function before(left: Entry, right: Entry): boolean {
  const a = left.cursor.key;
  const b = right.cursor.key;
  const order = compareBytes(a, 0, a.length, b, 0, b.length);
  return order < 0 || (order === 0 && left.run < right.run);
}

function push(heap: Entry[], entry: Entry): void {
  let at = heap.push(entry) - 1;
  while (at > 0) {
    const parent = (at - 1) >> 1;
    if (!swapUnless(heap, parent, at)) return;
    at = parent;
  }
}

function removeTop(heap: Entry[]): void {
  const last = heap.pop();
  if (last !== undefined && heap.length > 0) heap[0] = last;
}

function siftDown(heap: Entry[], from: number): void {
  let at = from;
  for (;;) {
    const left = 2 * at + 1;
    const leftEntry = heap[left];
    if (leftEntry === undefined) return;
    const rightEntry = heap[left + 1];
    const child = rightEntry !== undefined && before(rightEntry, leftEntry) ? left + 1 : left;
    if (!swapUnless(heap, at, child)) return;
    at = child;
  }
}

/** Swaps a parent and its child unless they are in order already; tells whether it did. */
function swapUnless(heap: Entry[], parent: number, child: number): boolean {
  const above = heap[parent];
  const below = heap[child];
  if (above === undefined || below === undefined || before(above, below)) return false;
  heap[parent] = below;
  heap[child] = above;
  return true;
}
