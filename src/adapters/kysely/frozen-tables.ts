import { setImmediate as turn } from 'node:timers/promises';
import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { FrozenRows } from '../../store/open-generation.ts';
import type { ReaderConnection } from './reader-connection.ts';
import { storeError } from './sqlite-error.ts';
import { TableScan } from './table-scan.ts';
import type { Table } from './table-set.ts';

export interface FrozenTablesOptions {
  readonly store: string;
  /** Its data is fixed. */
  readonly connection: ReaderConnection;
  readonly table: (name: string) => Table;
  /** Gives the connection back. */
  readonly onClose: () => void;
}

/** The rows of all tables through one connection whose transaction stays open. */
export class FrozenTables implements FrozenRows {
  readonly #options: FrozenTablesOptions;
  readonly #scans = new Set<TableScan>();
  #closed = false;

  constructor(options: FrozenTablesOptions) {
    this.#options = options;
  }

  rows(table: string): AsyncIterable<readonly RowBytes[]> {
    return this.#scan(this.#options.table(table));
  }

  async close(): Promise<void> {
    this.end();
  }

  end(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const scan of this.#scans) scan.end();
    this.#options.onClose();
  }

  async *#scan(table: Table): AsyncGenerator<readonly RowBytes[]> {
    this.#check();
    let scan: TableScan | undefined;
    try {
      scan = new TableScan(this.#options.connection, table, {});
      this.#scans.add(scan);
      for (;;) {
        const { batch, done } = scan.next();
        if (batch.length > 0) yield batch;
        // Else what was closed would look like the end.
        this.#check();
        if (done) return;
        await turn();
        this.#check();
      }
    } catch (error) {
      throw storeError(this.#options.store, 'rows', error);
    } finally {
      if (scan !== undefined) {
        this.#scans.delete(scan);
        scan.end();
      }
    }
  }

  #check(): void {
    if (!this.#closed) return;
    throw new StagedReprocessError(
      'REPROCESS_HANDLE_CLOSED',
      `The frozen rows of store \`${this.#options.store}\` are closed`,
    );
  }
}
