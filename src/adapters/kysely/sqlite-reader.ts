import { type CompiledQuery, Kysely, type QueryExecutor, type QueryResult } from 'kysely';
import type { ReadonlyKysely } from 'kysely/readonly';
import type { ReadSession } from './read-session.ts';
import { readerDialect } from './reader-dialect.ts';
import { type SqliteRaw, rawReader } from './raw-reader.ts';

/**
 * What a lease hands out: Kysely without anything that writes. It works on read-only connections, so SQL that writes
 * is refused in fact, too.
 *
 * Tables and views bear their live names, whichever generation the lease holds; do not put a schema (`main.`) before
 * them. Kysely's `sql` works by `.execute(reader)`; for SQL without Kysely there is `raw`. Integers are bigint in columns that are
 * declared `bigint`, else numbers as long as a number can hold them.
 *
 * @public
 */
export interface SqliteReader<DB> extends Pick<
  ReadonlyKysely<DB>,
  'selectFrom' | 'selectNoFrom' | 'with' | 'withRecursive' | 'fn' | 'dynamic' | 'case'
> {
  /** Runs a compiled query. A query that writes is a `TypeError`. */
  executeQuery<R>(query: CompiledQuery<R>): Promise<QueryResult<R>>;
  /** What the `.execute(reader)` of Kysely's `sql` needs. */
  getExecutor(): QueryExecutor;
  readonly raw: SqliteRaw;
}

export function sqliteReader<DB>(session: ReadSession): SqliteReader<DB> {
  const kysely = new Kysely<DB>({ dialect: readerDialect(session) });
  const reader = Object.assign(kysely, { raw: rawReader(session) });
  // Kysely's read-only type is meant to be put on so: its `with` forbids in callbacks what the plain one allows there.
  return reader as unknown as SqliteReader<DB>;
}
