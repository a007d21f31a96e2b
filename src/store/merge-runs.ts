import { setImmediate as turn } from 'node:timers/promises';
import { compareBytes } from './compare-bytes.ts';
import { PendingRow, type KeyRule } from './pending-row.ts';
import type { RowTarget } from './row-target.ts';

/** One sorted run, read from its start. The current row's bytes are valid until the next `advance`. */
export interface RunCursor {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
  /** Which task wrote the row. */
  readonly origin: number;
  advance(): boolean | Promise<boolean>;
  close(): Promise<void>;
}

interface Entry {
  readonly cursor: RunCursor;
  /** Runs are numbered in the order of their writing: of equal keys the one of the later run is the later row. */
  readonly run: number;
}

const ROWS_PER_TURN = 2048;

/**
 * A k-way merge over a binary heap; rows of one key become one, which is handed on once. Resolves with the number of rows
 * that were taken from the runs.
 */
export async function mergeRuns(
  cursors: readonly RunCursor[],
  rule: KeyRule,
  target: RowTarget,
): Promise<number> {
  const heap: Entry[] = [];
  for (const [run, cursor] of cursors.entries()) {
    if (await cursor.advance()) push(heap, { cursor, run });
  }
  const pending = new PendingRow(rule);
  let taken = 0;
  for (let entry = heap[0]; entry !== undefined; entry = heap[0]) {
    const { cursor } = entry;
    if (pending.has && pending.isKey(cursor.key)) {
      pending.add(cursor);
    } else {
      if (pending.has) {
        const wait = pending.hand(target);
        if (wait !== undefined) await wait;
      }
      pending.set(cursor);
    }
    // Neither a store that never is full nor runs in memory would ever let others run.
    if (++taken % ROWS_PER_TURN === 0) await turn();
    const more = cursor.advance();
    const hasMore = typeof more === 'boolean' ? more : await more;
    if (!hasMore) removeTop(heap);
    siftDown(heap, 0);
  }
  if (pending.has) await pending.hand(target);
  return taken;
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
