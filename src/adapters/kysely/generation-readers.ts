import { expected } from '../../store/expected.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type {
  FrozenRows,
  GenerationView,
  KeyRange,
  OpenGeneration,
  ViewOptions,
} from '../../store/open-generation.ts';
import { FrozenTables } from './frozen-tables.ts';
import { GenerationConnections, type GenerationConnectionsOptions } from './generation-connections.ts';
import type { ReaderConnection } from './reader-connection.ts';
import { ReadSession } from './read-session.ts';
import { type SqliteReader, sqliteReader } from './sqlite-reader.ts';
import { storeError, whenNotBusy } from './sqlite-error.ts';
import { type TableReads, countRows, getRows, readAppliedText, scanRows } from './table-reads.ts';
import type { Table } from './table-set.ts';

export interface GenerationReadersOptions extends GenerationConnectionsOptions {
  readonly generation: number;
  readonly onClose: () => void;
}

/** One generation opened for reading. */
export class GenerationReaders<DB> implements OpenGeneration<SqliteReader<DB>> {
  readonly generation: number;
  readonly connections: GenerationConnections;
  readonly #options: GenerationReadersOptions;
  readonly #reads: TableReads;
  readonly #sessions = new Set<ReadSession>();
  readonly #frozen = new Set<FrozenTables>();
  #closed = false;

  private constructor(options: GenerationReadersOptions, connections: GenerationConnections) {
    this.#options = options;
    this.generation = options.generation;
    this.connections = connections;
    this.#reads = { store: options.store, pool: connections };
  }

  static async open<DB>(options: GenerationReadersOptions): Promise<GenerationReaders<DB>> {
    try {
      const limit = { limitMs: options.busyLimitMs };
      const connections = await whenNotBusy(() => new GenerationConnections(options), limit);
      return new GenerationReaders<DB>(options, connections);
    } catch (error) {
      throw storeError(options.store, 'open', error);
    }
  }

  view(check: () => void, options: ViewOptions): GenerationView<SqliteReader<DB>> {
    const { connections } = this;
    const frozen = options.frozen ? connections.lend() : undefined;
    const session = new ReadSession(connections, check, this.#options.store, frozen);
    this.#sessions.add(session);
    let reader: SqliteReader<DB> | undefined;
    return {
      get reader() {
        return (reader ??= sqliteReader<DB>(session));
      },
      release: () => {
        this.#sessions.delete(session);
        session.release();
      },
    };
  }

  count(table: string): Promise<number> {
    return countRows(this.#reads, this.#table(table));
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    const [value] = await this.getMany(table, [key]);
    return value;
  }

  getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    return getRows(this.#reads, this.#table(table), keys);
  }

  rows(table: string, range: KeyRange = {}): AsyncIterable<readonly RowBytes[]> {
    return scanRows(this.#reads, this.#table(table), range);
  }

  freeze(): FrozenRows {
    const connection = this.#lend();
    const frozen = new FrozenTables({
      store: this.#options.store,
      connection,
      table: (name) => this.#table(name),
      onClose: () => {
        this.#frozen.delete(frozen);
        this.connections.giveBack(connection);
      },
    });
    this.#frozen.add(frozen);
    return frozen;
  }

  applied(): Promise<string | undefined> {
    return readAppliedText(this.#reads);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    for (const session of this.#sessions) session.release();
    this.#sessions.clear();
    for (const frozen of this.#frozen) frozen.end();
    this.#options.onClose();
    this.connections.close();
  }

  #lend(): ReaderConnection {
    try {
      return this.connections.lend();
    } catch (error) {
      throw storeError(this.#options.store, 'freeze', error);
    }
  }

  #table(name: string): Table {
    const table = this.connections.entry.set.tables.find((one) => one.name === name);
    if (table === undefined) throw expected('table', `a table of store \`${this.#options.store}\``, name);
    return table;
  }
}
