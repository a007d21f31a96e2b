import type { RowBytes } from '../../store/generation-writer.ts';
import type { KeyRange } from '../../store/open-generation.ts';
import { rangeSql } from './key-range.ts';
import { endRows } from './read-statement.ts';
import type { ReaderConnection } from './reader-connection.ts';
import { RowCodec } from './row-codec.ts';
import { columnList, storedValues } from './stored-values.ts';
import type { Table } from './table-set.ts';

const BATCH_ROWS = 256;

/** Reads rows of one table, encoded, in the order of the primary key, which is that of the encoded keys. */
export class TableScan {
  readonly #codec: RowCodec;
  readonly #rows: IterableIterator<unknown>;

  constructor(connection: ReaderConnection, table: Table, range: KeyRange) {
    this.#codec = new RowCodec(table);
    const { sql, parameters } = rangeSql(this.#codec, range);
    this.#rows = connection
      .raw(table.name, (name) => `SELECT ${columnList(table.columns)} FROM ${name} ${sql}`)
      .iterate(...parameters);
  }

  /** Some more rows, and whether they were the last ones. */
  next(): { readonly batch: readonly RowBytes[]; readonly done: boolean } {
    const batch: RowBytes[] = [];
    while (batch.length < BATCH_ROWS) {
      const step = this.#rows.next();
      if (step.done === true) return { batch, done: true };
      batch.push(this.#codec.encode(storedValues(step.value)));
    }
    return { batch, done: false };
  }

  /** May be called twice. */
  end(): void {
    endRows(this.#rows);
  }
}
