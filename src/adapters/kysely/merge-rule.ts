import { Buffer } from 'node:buffer';
import { types } from 'node:util';
import type { TableLayout } from '../../store/store.ts';
import { expected } from '../../store/expected.ts';
import type { SqliteValue } from './row-buffer.ts';
import type { RowCodec } from './row-codec.ts';
import type { Column } from './table-set.ts';

const INT64 = 1n << 63n;

/** A table as the engine sees it: its name and, when declared, how encoded rows of one key become one. */
export function tableLayout(codec: RowCodec): TableLayout {
  const { name, columns, merge } = codec.table;
  if (merge === undefined) return { name };
  return {
    name,
    merge(left, right) {
      const first = codec.decodeValue(left);
      const second = codec.decodeValue(right);
      return codec.encodeValue(
        columns.map((column, index) => {
          const a = first[index] ?? null;
          const b = second[index] ?? null;
          if (a === null) return b;
          if (b === null) return a;
          return merge.get(column.name) === 'sum'
            ? sum(name, column, a, b)
            : pick(merge.get(column.name), a, b);
        }),
      );
    },
  };
}

function sum(table: string, column: Column, a: SqliteValue, b: SqliteValue): SqliteValue {
  if (typeof a !== 'bigint' || typeof b !== 'bigint')
    throw expected(`${table}.${column.name}`, 'integers', [a, b]);
  const total = a + b;
  const fits =
    column.type === 'bigint' ? total < INT64 && total >= -INT64 : Number.isSafeInteger(Number(total));
  if (!fits) throw expected(`${table}.${column.name}`, `a sum that fits its type ${column.type}`, total);
  return total;
}

function pick(rule: 'sum' | 'max' | 'min' | undefined, a: SqliteValue, b: SqliteValue): SqliteValue {
  const less = compare(a, b) < 0;
  return less === (rule === 'min') ? a : b;
}

/** Text is compared as SQLite does, byte by byte of its UTF-8. */
function compare(a: SqliteValue, b: SqliteValue): number {
  if (typeof a === 'string' && typeof b === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b));
  if (types.isUint8Array(a) && types.isUint8Array(b)) return Buffer.compare(a, b);
  if (typeof a === 'bigint' && typeof b === 'bigint') return a < b ? -1 : a > b ? 1 : 0;
  return Number(a) - Number(b);
}
