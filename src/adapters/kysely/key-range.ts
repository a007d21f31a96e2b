import type { KeyRange } from '../../store/open-generation.ts';
import { quote } from './identifier.ts';
import type { SqliteValue } from './row-buffer.ts';
import type { RowCodec } from './row-codec.ts';
import type { Column } from './table-set.ts';

/** What follows the table's name in a query over its rows. */
export interface RangeSql {
  readonly sql: string;
  readonly parameters: readonly SqliteValue[];
}

/**
 * A range of encoded keys as SQL over the columns of the primary key, whose index it uses. A bound may encode the first
 * columns alone. Bounds hold by the bytes: a key that begins with such a bound is longer, so it comes after the bound and
 * is within `gt` as well as `gte`, and beyond `lt` as well as `lte`.
 */
export function rangeSql(codec: RowCodec, range: KeyRange): RangeSql {
  const columns = codec.table.primaryKey;
  const conditions: string[] = [];
  const parameters: SqliteValue[] = [];
  const bound = (key: Uint8Array | undefined, whole: string, partial: string): void => {
    if (key === undefined) return;
    const values = codec.decodeKeyParts(key);
    conditions.push(
      compared(columns.slice(0, values.length), values.length < columns.length ? partial : whole),
    );
    parameters.push(...values);
  };
  bound(range.gt, '>', '>=');
  bound(range.gte, '>=', '>=');
  bound(range.lt, '<', '<');
  bound(range.lte, '<=', '<');
  bound(range.prefix, '=', '=');
  const direction = range.reverse === true ? ' DESC' : '';
  const order = columns.map((column) => `${quote(column.name)}${direction}`).join(', ');
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')} `;
  if (range.limit === undefined || range.limit === Infinity)
    return { sql: `${where}ORDER BY ${order}`, parameters };
  return {
    sql: `${where}ORDER BY ${order} LIMIT ?`,
    parameters: [...parameters, BigInt(range.limit)],
  };
}

function compared(columns: readonly Column[], operator: string): string {
  // Every key begins with no bytes at all, and comes after them.
  if (columns.length === 0) return operator === '<' ? '0' : '1';
  const names = columns.map((column) => quote(column.name)).join(', ');
  const values = columns.map(() => '?').join(', ');
  return `(${names}) ${operator} (${values})`;
}
