import type { Connection, Prepared } from './load-sqlite.ts';
import type { ColumnTypes } from './column-types.ts';
import { expected } from '../../store/expected.ts';

/** Ends an iteration. What went wrong in it was told by its `next`; the end tells it once more, which nobody needs. */
export function endRows(rows: IterableIterator<unknown> | undefined): void {
  try {
    rows?.return?.();
  } catch {
    return;
  }
}

/** One query, compiled on one connection, whose integers come out in the types that their columns declare. */
export class ReadStatement {
  readonly #statement: Prepared;
  /** Names of the result columns whose integers become numbers; `undefined` when all do. */
  readonly #numbers: readonly string[] | undefined;

  constructor(db: Connection, sql: string, types: ColumnTypes) {
    // Only statements that begin like this neither change data nor the connection (PRAGMA, ATTACH, BEGIN).
    const start = sql.replace(/^(?:\s|--[^\n]*(?:\n|$)|\/\*[^]*?\*\/)+/, '');
    const statement = /^(?:select|with|values|explain)\b/i.test(start) ? db.prepare(sql) : undefined;
    if (statement?.reader !== true || !statement.readonly)
      throw expected('sql', 'one query that only reads', sql);
    this.#statement = statement;
    const columns = statement.columns();
    const kept = columns.filter(({ table, column }) => {
      const type = types.of(table, column);
      return type === undefined || type === 'bigint';
    });
    if (kept.length > 0) {
      statement.safeIntegers();
      const declared = new Set(
        columns.filter(({ table, column }) => types.of(table, column) === 'bigint').map(({ name }) => name),
      );
      this.#numbers = columns.map(({ name }) => name).filter((name) => !declared.has(name));
    }
  }

  all(parameters: readonly unknown[]): unknown[] {
    const rows = this.#statement.all(...parameters);
    if (this.#numbers !== undefined) for (const row of rows) this.#narrow(row);
    return rows;
  }

  get(parameters: readonly unknown[]): unknown {
    return this.narrowed(this.#statement.get(...parameters));
  }

  /** Reads row by row. Whoever takes the iterator ends it. */
  iterate(parameters: readonly unknown[]): IterableIterator<unknown> {
    return this.#statement.iterate(...parameters);
  }

  /** Turns the integers of a row of `iterate` into the types of their columns. */
  narrowed(row: unknown): unknown {
    if (this.#numbers !== undefined) this.#narrow(row);
    return row;
  }

  #narrow(row: unknown): void {
    if (typeof row !== 'object' || row === null) return;
    for (const name of this.#numbers ?? []) {
      const value: unknown = Reflect.get(row, name);
      // An integer that no number holds stays a bigint: a wrong digit would be worse than another type.
      if (typeof value === 'bigint' && Number.isSafeInteger(Number(value)))
        Reflect.set(row, name, Number(value));
    }
  }
}
