import { expected } from './expected.ts';
import type { RowBytes } from './generation-writer.ts';
import type { KeyRange } from './open-generation.ts';
import type { Change } from './table-changes.ts';

/** A stored table as a range reads it. */
export interface StoredRows {
  rows(range: KeyRange): AsyncIterable<readonly RowBytes[]>;
  /** Both values of one key. */
  joined(stored: Uint8Array, change: Uint8Array): Uint8Array;
}

/**
 * The rows of a range as they are once `changes` (in any order, one a key) are applied to what is stored: both are walked
 * side by side in key order.
 */
export async function* changedRange(
  stored: StoredRows,
  changes: readonly Change[],
  range: KeyRange,
): AsyncGenerator<RowBytes, void, undefined> {
  const { reverse = false, limit = Infinity, ...bounds } = range;
  const direction = reverse ? -1 : 1;
  const compare = (left: Uint8Array, right: Uint8Array): number => Buffer.compare(left, right) * direction;
  const changed = changes
    .filter(({ key }) => isWithin(key, bounds))
    .sort((left, right) => compare(left.key, right.key));
  let next = 0;
  let given = 0;
  if (limit <= 0) return;
  // A stored row may be deleted or stand behind an added one, so that many more than the limit are never needed.
  const enough = limit === Infinity ? {} : { limit: limit + changed.length };
  for await (const rows of stored.rows({ ...bounds, reverse, ...enough })) {
    for (const row of rows) {
      for (let change = changed[next]; change !== undefined; change = changed[next]) {
        if (compare(change.key, row.key) >= 0) break;
        next += 1;
        if (change.kind === 'del') continue;
        yield { key: change.key, value: change.value };
        if (++given >= limit) return;
      }
      const change = changed[next];
      let value: Uint8Array | undefined = row.value;
      if (change !== undefined && compare(change.key, row.key) === 0) {
        next += 1;
        value = changedValue(stored, row.value, change);
      }
      if (value === undefined) continue;
      yield { key: row.key, value };
      if (++given >= limit) return;
    }
  }
  for (const change of changed.slice(next)) {
    if (change.kind === 'del') continue;
    yield { key: change.key, value: change.value };
    if (++given >= limit) return;
  }
}

function changedValue(stored: StoredRows, value: Uint8Array, change: Change): Uint8Array | undefined {
  if (change.kind === 'del') return undefined;
  return change.kind === 'merge' ? stored.joined(value, change.value) : change.value;
}

/** Whether a key lies in a range, whatever its direction and limit. */
export function isWithin(key: Uint8Array, range: KeyRange): boolean {
  const { gt, gte, lt, lte, prefix } = range;
  if (gt !== undefined && Buffer.compare(key, gt) <= 0) return false;
  if (gte !== undefined && Buffer.compare(key, gte) < 0) return false;
  if (lt !== undefined && Buffer.compare(key, lt) >= 0) return false;
  if (lte !== undefined && Buffer.compare(key, lte) > 0) return false;
  return prefix === undefined || Buffer.compare(key.subarray(0, prefix.length), prefix) === 0;
}

/** Throws `TypeError` on a range with two lower or two upper bounds. */
export function checkRange(range: KeyRange): void {
  if (range.gt !== undefined && range.gte !== undefined)
    throw expected('gt', 'left out beside `gte`', range.gt);
  if (range.lt !== undefined && range.lte !== undefined)
    throw expected('lt', 'left out beside `lte`', range.lt);
}
