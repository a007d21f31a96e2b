import type { RowBytes } from '../../store/generation-writer.ts';
import type { KeyRange } from '../../store/open-generation.ts';
import type { TableWrites } from '../../store/store-batch.ts';

/** Rows of one table, by the bytes of their keys. */
export type SortedRows = readonly RowBytes[];

/** Sorts `rows` in place. Rows that the engine sorted already cost one pass. */
export function sortRows(rows: RowBytes[]): SortedRows {
  return rows.sort((left, right) => Buffer.compare(left.key, right.key));
}

export function findRow(rows: SortedRows, key: Uint8Array): RowBytes | undefined {
  const row = rows[firstIndex(rows, (candidate) => Buffer.compare(candidate, key) >= 0)];
  return row !== undefined && Buffer.compare(row.key, key) === 0 ? row : undefined;
}

/** The rows of a range are those at `start` up to and without `end`, whatever its direction and limit. */
export function rangeIndexes(
  rows: SortedRows,
  range: KeyRange,
): { readonly start: number; readonly end: number } {
  const { gt, gte, lt, lte, prefix } = range;
  const from = (key: Uint8Array): number => firstIndex(rows, (own) => Buffer.compare(own, key) >= 0);
  const after = (key: Uint8Array): number => firstIndex(rows, (own) => Buffer.compare(own, key) > 0);
  const lower = [0];
  const upper = [rows.length];
  if (gt !== undefined) lower.push(after(gt));
  if (gte !== undefined) lower.push(from(gte));
  if (lt !== undefined) upper.push(from(lt));
  if (lte !== undefined) upper.push(after(lte));
  if (prefix !== undefined) {
    const { length } = prefix;
    lower.push(from(prefix));
    upper.push(firstIndex(rows, (own) => Buffer.compare(own.subarray(0, length), prefix) > 0));
  }
  const start = Math.max(...lower);
  return { start, end: Math.max(start, Math.min(...upper)) };
}

/** The rows once `writes`, ascending like them, are done: a new array, and copies of the bytes that were given. */
export function mergeWrites(rows: SortedRows, writes: TableWrites['rows']): SortedRows {
  const merged: RowBytes[] = [];
  let next = 0;
  for (const { key, value } of writes) {
    const at = firstIndex(rows, (own) => Buffer.compare(own, key) >= 0, next);
    for (; next < at; next++) keep(merged, rows[next]);
    const replaced = rows[next];
    if (replaced !== undefined && Buffer.compare(replaced.key, key) === 0) next += 1;
    if (value !== undefined) merged.push({ key: Buffer.from(key), value: Buffer.from(value) });
  }
  for (; next < rows.length; next++) keep(merged, rows[next]);
  return merged;
}

function keep(merged: RowBytes[], row: RowBytes | undefined): void {
  if (row !== undefined) merged.push(row);
}

/** Index of the first row at or behind `low` that `holds` is true of; it must then be true of all later ones. */
function firstIndex(rows: SortedRows, holds: (key: Uint8Array) => boolean, low = 0): number {
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row === undefined || holds(row.key)) high = middle;
    else low = middle + 1;
  }
  return low;
}
