import { setImmediate as turn } from 'node:timers/promises';
import { types } from 'node:util';
import type { RowBytes } from '../../store/generation-writer.ts';
import { quote } from './identifier.ts';
import { endRows } from './read-statement.ts';
import type { ConnectionPool } from './read-session.ts';
import type { ReaderConnection } from './reader-connection.ts';
import type { SqliteValue } from './row-buffer.ts';
import { RowCodec } from './row-codec.ts';
import { storeError, whenNotBusy } from './sqlite-error.ts';
import type { Column, Table } from './table-set.ts';

const COUNTED_AT_ONCE = 5_000;
const BATCH_ROWS = 256;

/** The engine's own reads of one generation. */
export interface TableReads {
  readonly store: string;
  readonly pool: ConnectionPool;
}

/** Counts in steps: one count(*) over a large table would stop the event loop for as long as it takes. */
export async function countRows(reads: TableReads, table: Table): Promise<number> {
  const columns = list(table.primaryKey);
  const after = `WHERE (${columns}) > (${table.primaryKey.map(() => '?').join(', ')})`;
  const nth = (where: string) => (name: string) =>
    `SELECT ${columns} FROM ${name} ${where} ORDER BY ${columns} LIMIT 1 OFFSET ${String(COUNTED_AT_ONCE - 1)}`;
  return lent(reads, 'count', async (connection) => {
    const next = connection.raw(table.name, nth(after));
    let counted = 0;
    let key: readonly unknown[] = [];
    for (
      let last: unknown = connection.raw(table.name, nth('')).get();
      Array.isArray(last);
      last = next.get(...key)
    ) {
      counted += COUNTED_AT_ONCE;
      key = last.map((part: unknown) => part);
      await turn();
    }
    const where = counted === 0 ? '' : after;
    const rest = connection.raw(table.name, (name) => `SELECT count(*) FROM ${name} ${where}`).pluck();
    return counted + Number(rest.get(...key));
  });
}

/** The encoded value of one row. */
export async function getRow(
  reads: TableReads,
  table: Table,
  key: Uint8Array,
): Promise<Uint8Array | undefined> {
  const codec = new RowCodec(table);
  const where = table.primaryKey.map((column) => `${quote(column.name)} = ?`).join(' AND ');
  const row = await retried(reads, 'get', () =>
    reads.pool
      .shared()
      .raw(table.name, (name) => `SELECT ${list(table.columns)} FROM ${name} WHERE ${where}`)
      .get(...codec.decodeKey(key)),
  );
  return row === undefined ? undefined : codec.encodeValue(storedValues(row));
}

/** All rows in the order of the primary key, which is that of the encoded keys. */
export async function* allRows(reads: TableReads, table: Table): AsyncGenerator<readonly RowBytes[]> {
  const codec = new RowCodec(table);
  const connection = await retried(reads, 'rows', () => reads.pool.lend());
  let iterator: IterableIterator<unknown> | undefined;
  try {
    const sql = (name: string): string =>
      `SELECT ${list(table.columns)} FROM ${name} ORDER BY ${list(table.primaryKey)}`;
    iterator = connection.raw(table.name, sql).iterate();
    for (let done = false; !done;) {
      const batch: RowBytes[] = [];
      while (batch.length < BATCH_ROWS && !done) {
        const step = iterator.next();
        if (step.done === true) done = true;
        else batch.push(codec.encode(storedValues(step.value)));
      }
      if (batch.length > 0) yield batch;
      await turn();
    }
  } catch (error) {
    throw storeError(reads.store, 'rows', error);
  } finally {
    endRows(iterator);
    reads.pool.giveBack(connection);
  }
}

async function lent<Result>(
  reads: TableReads,
  step: string,
  run: (connection: ReaderConnection) => Promise<Result>,
): Promise<Result> {
  const connection = await retried(reads, step, () => reads.pool.lend());
  try {
    return await run(connection);
  } catch (error) {
    throw storeError(reads.store, step, error);
  } finally {
    reads.pool.giveBack(connection);
  }
}

async function retried<Result>(reads: TableReads, step: string, attempt: () => Result): Promise<Result> {
  try {
    return await whenNotBusy(attempt, { limitMs: reads.pool.busyLimitMs });
  } catch (error) {
    throw storeError(reads.store, step, error);
  }
}

function list(columns: readonly Column[]): string {
  return columns.map((column) => quote(column.name)).join(', ');
}

function storedValues(row: unknown): SqliteValue[] {
  if (!Array.isArray(row)) return [];
  return row.map((value: unknown): SqliteValue => {
    if (typeof value === 'string' || typeof value === 'number' || typeof value === 'bigint') return value;
    return types.isUint8Array(value) ? value : null;
  });
}
