import { types } from 'node:util';
import { quote } from './identifier.ts';
import type { SqliteValue } from './row-buffer.ts';
import type { Column } from './table-set.ts';

export function columnList(columns: readonly Column[]): string {
  return columns.map((column) => quote(column.name)).join(', ');
}

/** A row of a raw query, whose values nothing has looked at yet. */
export function storedValues(row: unknown): SqliteValue[] {
  if (!Array.isArray(row)) return [];
  return row.map((value: unknown): SqliteValue => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
    return types.isUint8Array(value) ? value : null;
  });
}
