import type { ReadSession } from './read-session.ts';

/** A row of a raw query, when nothing better is stated. @public */
export type SqliteRow = Record<string, string | number | bigint | Uint8Array | null>;

/** A value for a `?` of a raw query. @public */
export type SqliteParameter = string | number | bigint | Uint8Array | null;

/**
 * One query of a lease, to be run many times. It belongs to the lease and stays valid across switches.
 *
 * @public
 */
export interface SqlitePrepared<Row = SqliteRow> {
  all(...parameters: readonly SqliteParameter[]): Promise<Row[]>;
  /** The first row; `undefined` when there is none. */
  get(...parameters: readonly SqliteParameter[]): Promise<Row | undefined>;
  /** Row by row, on a connection of its own. End it early with `break` or `return()`. */
  iterate(...parameters: readonly SqliteParameter[]): AsyncIterableIterator<Row>;
}

/**
 * SQL without Kysely, in the lease's generation, with the lease's guard. The row type is what the caller states.
 *
 * @public
 */
export interface SqliteRaw {
  all<Row = SqliteRow>(sql: string, ...parameters: readonly SqliteParameter[]): Promise<Row[]>;
  iterate<Row = SqliteRow>(
    sql: string,
    ...parameters: readonly SqliteParameter[]
  ): AsyncIterableIterator<Row>;
  /** SQL that is wrong, or that writes, shows when the query is run. */
  prepare<Row = SqliteRow>(sql: string): SqlitePrepared<Row>;
}

const CHUNK_ROWS = 100;

export function rawReader(session: ReadSession): SqliteRaw {
  return {
    all: async <Row>(sql: string, ...parameters: readonly SqliteParameter[]) =>
      asStated<Row>(await session.all(sql, parameters)),
    iterate: <Row>(sql: string, ...parameters: readonly SqliteParameter[]) =>
      iterate<Row>(session, sql, parameters),
    prepare: <Row>(sql: string): SqlitePrepared<Row> => ({
      all: async (...parameters: readonly SqliteParameter[]) =>
        asStated<Row>(await session.all(sql, parameters)),
      async get(...parameters: readonly SqliteParameter[]): Promise<Row | undefined> {
        const row = await session.get(sql, parameters);
        return asStated<Row>(row === undefined ? [] : [row])[0];
      },
      iterate: (...parameters: readonly SqliteParameter[]) => iterate<Row>(session, sql, parameters),
    }),
  };
}

async function* iterate<Row>(
  session: ReadSession,
  sql: string,
  parameters: readonly SqliteParameter[],
): AsyncGenerator<Row> {
  for await (const rows of session.stream(sql, parameters, CHUNK_ROWS)) yield* asStated<Row>(rows);
}

/** The type of a row is what the caller says it is; nothing at run time knows it. */
function asStated<Row>(rows: unknown[]): Row[] {
  return rows as Row[];
}
