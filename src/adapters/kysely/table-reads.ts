import { setImmediate as turn } from 'node:timers/promises';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { KeyRange } from '../../store/open-generation.ts';
import type { ConnectionPool } from './read-session.ts';
import type { ReaderConnection } from './reader-connection.ts';
import { RowCodec } from './row-codec.ts';
import { storeError, whenNotBusy } from './sqlite-error.ts';
import { columnList, storedValues } from './stored-values.ts';
import { TableScan } from './table-scan.ts';
import type { Table } from './table-set.ts';

const COUNTED_AT_ONCE = 5_000;
const FOUND_AT_ONCE = 500;

/** The engine's own reads of one generation. */
export interface TableReads {
  readonly store: string;
  readonly pool: ConnectionPool;
}

/** Counts in steps: one count(*) over a large table would stop the event loop for as long as it takes. */
export async function countRows(reads: TableReads, table: Table): Promise<number> {
  const columns = columnList(table.primaryKey);
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

/** The encoded values of several rows, in the order of the keys given. */
export async function getRows(
  reads: TableReads,
  table: Table,
  keys: readonly Uint8Array[],
): Promise<(Uint8Array | undefined)[]> {
  const codec = new RowCodec(table);
  const look = (connection: ReaderConnection, from: number): (Uint8Array | undefined)[] =>
    keys.slice(from, from + FOUND_AT_ONCE).map((key) => {
      const row = connection.byKey(table).get(...codec.decodeKey(key));
      return row === undefined ? undefined : codec.encodeValue(storedValues(row));
    });
  if (keys.length <= FOUND_AT_ONCE) return retried(reads, 'get', () => look(reads.pool.shared(), 0));
  return lent(reads, 'get', async (connection) => {
    const values: (Uint8Array | undefined)[] = [];
    while (values.length < keys.length) {
      for (const value of look(connection, values.length)) values.push(value);
      await turn();
    }
    return values;
  });
}

/** The `applied` of the generation's last batch. */
export async function readAppliedText(reads: TableReads): Promise<string | undefined> {
  return retried(reads, 'applied', () => reads.pool.shared().applied());
}

/** Rows of a table as they are when the first batch is asked for. */
export async function* scanRows(
  reads: TableReads,
  table: Table,
  range: KeyRange,
): AsyncGenerator<readonly RowBytes[]> {
  const connection = await retried(reads, 'rows', () => reads.pool.lend());
  let scan: TableScan | undefined;
  try {
    scan = new TableScan(connection, table, range);
    for (;;) {
      const { batch, done } = scan.next();
      if (batch.length > 0) yield batch;
      if (done) return;
      await turn();
    }
  } catch (error) {
    throw storeError(reads.store, 'rows', error);
  } finally {
    scan?.end();
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
