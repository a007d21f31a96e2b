import { types } from 'node:util';
import { expected } from '../../store/expected.ts';
import type { SqliteValue } from './row-buffer.ts';
import type { Column, Table } from './table-set.ts';

const INT64 = 1n << 63n;

/** The values of a row object in the order of the columns; throws `TypeError` on what the table cannot hold. */
export function rowValues(table: Table, row: unknown): SqliteValue[] {
  if (typeof row !== 'object' || row === null) throw expected(`${table.name} row`, 'an object', row);
  const given = new Map<string, unknown>(Object.entries(row));
  const values = table.columns.map((column) => {
    const value = given.get(column.name);
    given.delete(column.name);
    return columnValue(table, column, value);
  });
  for (const name of given.keys()) throw expected(`${table.name} row`, 'an object of its columns only', name);
  return values;
}

/** The values of a key object in the order of the primary key, or, if `partial`, of its first columns. */
export function keyValues(table: Table, key: unknown, partial: boolean): SqliteValue[] {
  const option = `${table.name} key`;
  const names = table.primaryKey.map(({ name }) => name);
  if (typeof key !== 'object' || key === null) throw expected(option, 'an object', key);
  const given = new Map(Object.entries(key).filter(([, value]) => value !== undefined));
  for (const name of given.keys()) {
    if (!names.includes(name)) throw expected(option, `an object of ${names.join(', ')} only`, name);
  }
  const count = partial ? given.size : names.length;
  if (count === 0) throw expected(option, `an object with at least ${names[0] ?? ''}`, key);
  return table.primaryKey.slice(0, count).map((column) => {
    if (given.has(column.name)) return columnValue(table, column, given.get(column.name));
    throw expected(option, `an object of ${partial ? 'the first of ' : ''}${names.join(', ')}`, key);
  });
}

/** A row object out of the values of all columns, each as its column declares. */
export function rowObject(table: Table, values: readonly SqliteValue[]): Record<string, SqliteValue> {
  return Object.fromEntries(
    table.columns.map((column, index) => [column.name, declaredValue(column, values[index] ?? null)]),
  );
}

function declaredValue(column: Column, value: SqliteValue): SqliteValue {
  // An integer that no number holds stays a bigint: a wrong digit would be worse than another type.
  if (typeof value === 'bigint' && column.type !== 'bigint' && Number.isSafeInteger(Number(value)))
    return Number(value);
  return types.isUint8Array(value) ? Uint8Array.from(value) : value;
}

/** Integers come out as bigint, so that one kind of number has one encoding. */
function columnValue(table: Table, column: Column, value: unknown): SqliteValue {
  const option = `${table.name}.${column.name}`;
  if (value === null || value === undefined) {
    if (column.nullable) return null;
    throw expected(option, column.type, value);
  }
  switch (column.type) {
    case 'text':
      // Lone surrogates would come back as other characters.
      if (typeof value !== 'string' || !value.isWellFormed())
        throw expected(option, 'a well-formed string', value);
      return value;
    case 'integer':
      if (!Number.isSafeInteger(value)) throw expected(option, 'a safe integer', value);
      return BigInt(Number(value));
    case 'bigint':
      if (typeof value !== 'bigint' || value >= INT64 || value < -INT64) {
        throw expected(option, 'a bigint of 64 bits', value);
      }
      return value;
    case 'real':
      if (typeof value !== 'number' || Number.isNaN(value))
        throw expected(option, 'a number (not NaN)', value);
      // SQLite keeps no negative zero.
      return value === 0 ? 0 : value;
    case 'blob':
      if (!types.isUint8Array(value)) throw expected(option, 'a Uint8Array', value);
      return value;
  }
}
