import { StagedReprocessError } from '../../errors.ts';
import type { ConnectionPool } from './read-session.ts';
import type { ReaderConnection } from './reader-connection.ts';

const IDLE_CONNECTIONS = 4;

export interface GenerationConnectionsOptions {
  readonly store: string;
  /** Opens one more connection to the generation, wherever its tables are at that moment. */
  readonly connect: () => ReaderConnection;
  readonly busyLimitMs: number;
}

/**
 * The read-only connections of one open generation. Queries share one, since each is done in one turn of the event
 * loop; a stream, a frozen view and the engine's own passes take a connection for themselves.
 */
export class GenerationConnections implements ConnectionPool {
  readonly busyLimitMs: number;
  readonly #options: GenerationConnectionsOptions;
  #shared: ReaderConnection;
  readonly #idle: ReaderConnection[] = [];
  readonly #lent = new Set<ReaderConnection>();
  /** How often each connection is lent. */
  readonly #uses = new Map<ReaderConnection, number>();
  /**
   * The shared connection is to be renewed: the generation got the live names, and what it sees is right; or rows were
   * applied after a switch had fixed it, and what it sees is old.
   */
  #stale: 'no' | 'names' | 'rows' = 'no';
  /**
   * The generation lost the live names: SQLite keeps them for the shared connection, whose transaction does not end
   * any more, so that streams may share it, too.
   */
  #left = false;
  /** The last `pin` began the shared connection's transaction. */
  #pinnedNow = false;
  #closed = false;

  /** Throws `SQLITE_BUSY` when the moment is bad. */
  constructor(options: GenerationConnectionsOptions) {
    this.#options = options;
    this.busyLimitMs = options.busyLimitMs;
    this.#shared = options.connect();
  }

  /** What the generation's marker said when it was opened last. */
  get entry(): ReaderConnection['entry'] {
    return this.#shared.entry;
  }

  /** The connection for a query that ends in this turn. */
  shared(): ReaderConnection {
    this.#checkOpen();
    if (this.#stale !== 'no') this.#renew();
    return this.#shared;
  }

  /** A connection whose view of the data is fixed from now on, until it is given back. */
  lend(): ReaderConnection {
    this.#checkOpen();
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
    this.#stale = live === 'gained' ? 'names' : 'no';
    if (live === 'gained') this.#renew();
  }

  /** After a batch was applied to this generation: the next query sees it, also where a switch has fixed the data. */
  refresh(): void {
    if (!this.#left) return;
    this.#left = false;
    this.#stale = 'rows';
  }

  /** Those that are lent are closed when they are given back. */
  close(): void {
    this.#closed = true;
    for (const connection of this.#idle.splice(0)) connection.close();
    this.#closeUnused(this.#shared);
  }

  #renew(): void {
    const old = this.#shared;
    try {
      this.#shared = this.#options.connect();
    } catch (error) {
      if (this.#stale === 'rows') throw error;
      // No read may fail because of a switch: the old connection shows the same rows. The next query tries again.
      return;
    }
    this.#stale = 'no';
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

  #closeUnused(connection: ReaderConnection): void {
    if (!this.#uses.has(connection)) connection.close();
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    const { store } = this.#options;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `A generation of store \`${store}\` is closed`);
  }
}
