import {
  type CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type Kysely,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
} from 'kysely';
import type { ReadSession } from './read-session.ts';

/** Kysely over the read-only connections of one lease. */
export function readerDialect(session: ReadSession): Dialect {
  return {
    createDriver: () => new ReaderDriver(session),
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new ReaderAdapter(),
    createIntrospector: (db: Kysely<unknown>) => new SqliteIntrospector(db),
  };
}

class ReaderAdapter extends SqliteAdapter {
  /** Otherwise Kysely would hold every other query of the lease back while one streams. */
  override get supportsMultipleConnections(): boolean {
    return true;
  }
}

class ReaderDriver implements Driver {
  readonly #session: ReadSession;

  constructor(session: ReadSession) {
    this.#session = session;
  }

  init(): Promise<void> {
    return Promise.resolve();
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    this.#session.check();
    return new SessionConnection(this.#session);
  }

  beginTransaction(): Promise<void> {
    return refuse();
  }

  commitTransaction(): Promise<void> {
    return refuse();
  }

  rollbackTransaction(): Promise<void> {
    return refuse();
  }

  releaseConnection(): Promise<void> {
    return Promise.resolve();
  }

  destroy(): Promise<void> {
    return Promise.resolve();
  }
}

class SessionConnection implements DatabaseConnection {
  readonly #session: ReadSession;

  constructor(session: ReadSession) {
    this.#session = session;
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    const rows = await this.#session.all(query.sql, query.parameters);
    return { rows: asStated<R>(rows) };
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    for await (const rows of this.#session.stream(query.sql, query.parameters, chunkSize)) {
      yield { rows: asStated<R>(rows) };
    }
  }
}

/** The type of a row is what the caller of Kysely says it is; nothing at run time knows it. */
function asStated<R>(rows: unknown[]): R[] {
  return rows as R[];
}

async function refuse(): Promise<never> {
  throw new TypeError('Expected a query that only reads, got a transaction (take a frozen lease instead)');
}
