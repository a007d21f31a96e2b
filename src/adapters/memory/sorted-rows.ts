import type { RowBytes } from '../../store/generation-writer.ts';
import type { ByteRange } from '../../store/table-range.ts';

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

/** The rows of a range are those at `start` up to and without `end`. */
export function rangeIndexes(
  rows: SortedRows,
  range: ByteRange,
): { readonly start: number; readonly end: number } {
  const { gt, gte, lt, lte } = range;
  let start = 0;
  if (gt !== undefined) start = firstIndex(rows, (key) => Buffer.compare(key, gt) > 0);
  else if (gte !== undefined) start = firstIndex(rows, (key) => Buffer.compare(key, gte) >= 0);
  let end = rows.length;
  if (lt !== undefined) end = firstIndex(rows, (key) => Buffer.compare(key, lt) >= 0);
  else if (lte !== undefined) end = firstIndex(rows, (key) => Buffer.compare(key, lte) > 0);
  return { start, end: Math.max(start, end) };
}

/** Index of the first row that `holds` is true of; it must then be true of all later ones. */
function firstIndex(rows: SortedRows, holds: (key: Uint8Array) => boolean): number {
  let low = 0;
  let high = rows.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const row = rows[middle];
    if (row === undefined || holds(row.key)) high = middle;
    else low = middle + 1;
  }
  return low;
}
