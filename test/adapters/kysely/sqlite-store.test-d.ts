import { type CompiledQuery, type Generated, sql } from 'kysely';
import { expectTypeOf, test } from 'vitest';
import {
  type SqliteColumn,
  type SqliteReader,
  type SqliteTables,
  sqliteStore,
} from '../../../src/adapters/kysely/index.ts';
import type { EntryOf, ReaderOf, RowsOf, StoreAdapter } from '../../../src/store/store.ts';
import type { TransactionTable } from '../../../src/store/transaction-table.ts';
import type { TaskContext } from '../../../src/task/context.ts';
import type { DeltaContext } from '../../../src/task/delta-context.ts';

interface DB {
  day: { day: string; orders: number; cents: bigint; note: string | null };
  blob: { id: number; bytes: Uint8Array };
  summary: { total: bigint };
}

const tables: SqliteTables<DB> = {
  day: {
    columns: { day: 'text', orders: 'integer', cents: 'bigint', note: { type: 'text', nullable: true } },
    primaryKey: ['day'],
    merge: { cents: 'sum' },
  },
  blob: { columns: { id: 'integer', bytes: { type: 'blob', volatile: true } }, primaryKey: ['id'] },
};

const adapter = sqliteStore<DB>({ tables, views: { summary: 'SELECT sum(cents) AS total FROM day' } });
type Reader = ReaderOf<typeof adapter>;

declare const reader: Reader;
declare const context: TaskContext<typeof adapter>;
declare const delta: DeltaContext<typeof adapter>;
declare const query: CompiledQuery<{ n: number }>;

test('the adapter carries reader and rows', () => {
  expectTypeOf(adapter).toExtend<StoreAdapter>();
  expectTypeOf<Reader>().toEqualTypeOf<SqliteReader<DB>>();
  expectTypeOf<[{ id: number; bytes: Uint8Array }]>().toExtend<RowsOf<typeof adapter>['blob']>();
  expectTypeOf<[{ id: number; bytes: string }]>().not.toExtend<RowsOf<typeof adapter>['blob']>();
  void context.sink('day').put({ day: 'a', orders: 1, cents: 1n });
  void context.sink('day').put({ day: 'a', orders: 1, cents: 1n, note: null });
  // @ts-expect-error 64-bit columns take bigint
  void context.sink('day').put({ day: 'a', orders: 1, cents: 1 });
  // @ts-expect-error a column is missing
  void context.sink('day').put({ day: 'a', orders: 1 });
  // @ts-expect-error no such column
  void context.sink('day').put({ day: 'a', orders: 1, cents: 1n, more: 1 });
  // @ts-expect-error no such table
  void context.sink('week');
});

test('the adapter carries what a transaction reads and writes', () => {
  type Day = EntryOf<typeof adapter, 'day'>;
  expectTypeOf<Day['key']>().toEqualTypeOf<Partial<DB['day']>>();
  expectTypeOf<Day['value']>().toEqualTypeOf<DB['day']>();
  expectTypeOf<Day['row']>().toEqualTypeOf<readonly [row: DB['day']]>();
  const days = delta.table('day');
  expectTypeOf(days).toExtend<TransactionTable>();
  expectTypeOf(days.get({ day: 'a' })).resolves.toEqualTypeOf<DB['day'] | undefined>();
  expectTypeOf(days.range({ prefix: { day: 'a' }, limit: 3 })).toEqualTypeOf<
    AsyncIterable<readonly [row: DB['day']]>
  >();
  days.put({ day: 'a', orders: 1, cents: 1n });
  days.merge({ day: 'a', orders: 1, cents: 1n, note: null });
  days.del({ day: 'a' });
  // @ts-expect-error 64-bit columns take bigint
  days.put({ day: 'a', orders: 1, cents: 1 });
  // @ts-expect-error keys are objects
  days.del('a');
  // @ts-expect-error no such column
  void days.get({ week: 1 });
  // @ts-expect-error no such table
  delta.table('week');
});

test('columns must hold the type of the interface', () => {
  expectTypeOf<'text'>().toExtend<SqliteColumn<string>>();
  expectTypeOf<'integer' | 'real'>().toExtend<SqliteColumn<number>>();
  expectTypeOf<'bigint'>().toExtend<SqliteColumn<bigint>>();
  expectTypeOf<'blob'>().toExtend<SqliteColumn<Buffer>>();
  expectTypeOf<{ type: 'text'; nullable: true }>().toExtend<SqliteColumn<string | null>>();
  expectTypeOf<'integer'>().not.toExtend<SqliteColumn<string>>();
  expectTypeOf<'integer'>().not.toExtend<SqliteColumn<bigint>>();
  expectTypeOf<'bigint'>().not.toExtend<SqliteColumn<number>>();
  expectTypeOf<'text'>().not.toExtend<SqliteColumn<string | null>>();
  expectTypeOf<{ type: 'text'; nullable: true }>().not.toExtend<SqliteColumn<string>>();
  expectTypeOf<'text'>().not.toExtend<SqliteColumn<Date>>();
});

test('a table set names the tables and columns of the interface', () => {
  type One = SqliteTables<{ t: { k: Generated<number>; n: string } }>;
  interface Whole {
    columns: { k: 'integer'; n: 'text' };
    primaryKey: ['k'];
  }
  expectTypeOf<{ t: Whole }>().toExtend<One>();
  expectTypeOf<{ t: Omit<Whole, 'primaryKey'> }>().not.toExtend<One>();
  expectTypeOf<{ t: Omit<Whole, 'primaryKey'> & { primaryKey: ['x'] } }>().not.toExtend<One>();
  expectTypeOf<{ t: { columns: { k: 'integer' }; primaryKey: ['k'] } }>().not.toExtend<One>();
  expectTypeOf<keyof One>().toEqualTypeOf<'t'>();
});

test('a reader reads', () => {
  expectTypeOf(reader.selectFrom('day').select(['cents', 'note']).execute()).resolves.toEqualTypeOf<
    { cents: bigint; note: string | null }[]
  >();
  expectTypeOf(reader.selectFrom('summary').selectAll().executeTakeFirst()).resolves.toEqualTypeOf<
    { total: bigint } | undefined
  >();
  expectTypeOf(reader.raw.all<{ n: number }>('SELECT 1 AS n')).resolves.toEqualTypeOf<{ n: number }[]>();
  expectTypeOf(reader.raw.prepare<{ n: number }>('SELECT 1').get(1n, null)).resolves.toEqualTypeOf<
    { n: number } | undefined
  >();
  expectTypeOf(reader.executeQuery(query)).resolves.toExtend<{ rows: { n: number }[] }>();
  void sql`SELECT 1`.execute(reader);
  void reader
    .with('d', (db) => db.selectFrom('day').select('cents'))
    .selectFrom('d')
    .select('cents');
  // @ts-expect-error no such table
  void reader.selectFrom('week');
  // @ts-expect-error no such column
  void reader.selectFrom('day').select('week');
  // @ts-expect-error booleans are no SQLite values
  void reader.raw.all('SELECT ?', true);
});

test('a reader does not write', () => {
  expectTypeOf<Reader>().not.toHaveProperty('insertInto');
  expectTypeOf<Reader>().not.toHaveProperty('updateTable');
  expectTypeOf<Reader>().not.toHaveProperty('deleteFrom');
  expectTypeOf<Reader>().not.toHaveProperty('schema');
  expectTypeOf<Reader>().not.toHaveProperty('transaction');
  expectTypeOf<Reader>().not.toHaveProperty('connection');
  expectTypeOf<Reader>().not.toHaveProperty('destroy');
});
