import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { GenerationView, OpenGeneration, ViewOptions } from '../../store/open-generation.ts';
import type { ReaderConnection } from './reader-connection.ts';
import { ReadSession } from './read-session.ts';
import { type SqliteReader, sqliteReader } from './sqlite-reader.ts';
import { storeError, whenNotBusy } from './sqlite-error.ts';
import { type TableReads, allRows, countRows, getRow } from './table-reads.ts';
import type { Table } from './table-set.ts';

const IDLE_CONNECTIONS = 4;

export interface GenerationReadersOptions {
  readonly store: string;
  readonly generation: number;
  /** Opens one more connection to the generation, wherever its tables are at that moment. */
  readonly connect: () => ReaderConnection;
  readonly onClose: () => void;
  readonly busyLimitMs: number;
}

/**
 * One generation opened for reading. Queries share one connection, since each is done in one turn of the event loop;
 * a stream, a frozen view and the engine's own passes take a connection for themselves.
 */
export class GenerationReaders<DB> implements OpenGeneration<SqliteReader<DB>> {
  readonly generation: number;
  readonly busyLimitMs: number;
  readonly #options: GenerationReadersOptions;
  readonly #reads: TableReads;
  #shared: ReaderConnection;
  readonly #idle: ReaderConnection[] = [];
  readonly #lent = new Set<ReaderConnection>();
  /** How often each connection is lent. */
  readonly #uses = new Map<ReaderConnection, number>();
  readonly #sessions = new Set<ReadSession>();
  /** The generation got the live names: what the shared connection sees is right, but it is to be renewed. */
  #stale = false;
  /**
   * The generation lost the live names: SQLite keeps them for the shared connection, whose transaction does not end
   * any more, so that streams may share it, too.
   */
  #left = false;
  /** The last `pin` began the shared connection's transaction. */
  #pinnedNow = false;
  #closed = false;

  private constructor(options: GenerationReadersOptions, shared: ReaderConnection) {
    this.#options = options;
    this.generation = options.generation;
    this.busyLimitMs = options.busyLimitMs;
    this.#shared = shared;
    this.#reads = { store: options.store, pool: this };
  }

  static async open<DB>(options: GenerationReadersOptions): Promise<GenerationReaders<DB>> {
    try {
      const shared = await whenNotBusy(options.connect, { limitMs: options.busyLimitMs });
      return new GenerationReaders<DB>(options, shared);
    } catch (error) {
      throw storeError(options.store, 'open', error);
    }
  }

  view(check: () => void, options: ViewOptions): GenerationView<SqliteReader<DB>> {
    const session = new ReadSession(
      this,
      check,
      this.#options.store,
      options.frozen ? this.lend() : undefined,
    );
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

  /** The connection for a query that ends in this turn. */
  shared(): ReaderConnection {
    if (this.#closed) throw closed(this.#options.store);
    if (this.#stale) this.#renew();
    return this.#shared;
  }

  /** A connection whose view of the data is fixed from now on, until it is given back. */
  lend(): ReaderConnection {
    if (this.#closed) throw closed(this.#options.store);
    const connection = this.#left ? this.#shared : this.#lendOwn();
    this.#uses.set(connection, (this.#uses.get(connection) ?? 0) + 1);
    return connection;
  }

  giveBack(connection: ReaderConnection): void {
    const uses = (this.#uses.get(connection) ?? 0) - 1;
    if (uses > 0) {
      this.#uses.set(connection, uses);
      return;
    }
    this.#uses.delete(connection);
    if (connection === this.#shared && !this.#closed) return;
    // One that was lent across a switch still sees the names of before.
    if (!this.#lent.delete(connection) || this.#closed || this.#idle.length >= IDLE_CONNECTIONS) {
      connection.close();
      return;
    }
    try {
      connection.unpin();
    } catch {
      connection.close();
      return;
    }
    this.#idle.push(connection);
  }

  /** Just before a switch, in the same turn: from here on every connection sees the data and names of now. */
  pin(): void {
    for (const connection of this.#idle.splice(0)) connection.close();
    this.#pinnedNow = this.shared().pin();
  }

  /** After a switch, in the same turn. `live` tells what happened to this generation; a failed switch did nothing. */
  settle(live: 'gained' | 'lost' | 'unchanged'): void {
    const pinnedNow = this.#pinnedNow;
    this.#pinnedNow = false;
    if (live === 'unchanged') {
      // One that an earlier switch left behind stays fixed: the names mean something else by now.
      if (pinnedNow) this.#shared.unpin();
      return;
    }
    this.#lent.clear();
    this.#left = live === 'lost';
    this.#stale = live === 'gained';
    if (this.#stale) this.#renew();
  }

  count(table: string): Promise<number> {
    return countRows(this.#reads, this.#table(table));
  }

  get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    return getRow(this.#reads, this.#table(table), key);
  }

  rows(table: string): AsyncIterable<readonly RowBytes[]> {
    return allRows(this.#reads, this.#table(table));
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    for (const session of this.#sessions) session.release();
    this.#sessions.clear();
    this.#closed = true;
    this.#options.onClose();
    for (const connection of this.#idle.splice(0)) connection.close();
    this.#closeUnused(this.#shared);
  }

  #renew(): void {
    const old = this.#shared;
    try {
      this.#shared = this.#options.connect();
    } catch {
      // No read may fail because of a switch: the old connection shows the same rows. The next query tries again.
      return;
    }
    this.#stale = false;
    this.#closeUnused(old);
  }

  #lendOwn(): ReaderConnection {
    const connection = this.#idle.pop() ?? this.#options.connect();
    try {
      connection.pin();
    } catch (error) {
      connection.close();
      throw error;
    }
    this.#lent.add(connection);
    return connection;
  }

  /** One that is lent is closed when it is given back. */
  #closeUnused(connection: ReaderConnection): void {
    if (!this.#uses.has(connection)) connection.close();
  }

  #table(name: string): Table {
    const table = this.#shared.entry.set.tables.find((one) => one.name === name);
    if (table === undefined) {
      throw new TypeError(
        `Expected \`table\` to be a table of store \`${this.#options.store}\`, got \`${name}\` (string)`,
      );
    }
    return table;
  }
}

function closed(store: string): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `A generation of store \`${store}\` is closed`);
}
