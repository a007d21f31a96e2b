import { folded, generationName } from './identifier.ts';
import type { SqliteColumnType, TableSet } from './table-set.ts';

/** The declared type of a result column, found by the table column that SQLite says it comes from. */
export class ColumnTypes {
  readonly #types = new Map<string, ReadonlyMap<string, SqliteColumnType>>();

  constructor(set: TableSet, store: string, generation: number) {
    for (const table of set.tables) {
      const columns = new Map(table.columns.map((column) => [folded(column.name), column.type]));
      this.#types.set(folded(table.name), columns);
      this.#types.set(folded(generationName(store, generation, table.name)), columns);
    }
  }

  /** `undefined` for expressions and for tables outside the set. */
  of(table: string | null, column: string | null): SqliteColumnType | undefined {
    if (table === null || column === null) return undefined;
    return this.#types.get(folded(table))?.get(folded(column));
  }
}
