import { setImmediate as turn } from 'node:timers/promises';
import { StagedReprocessError } from '../../errors.ts';
import { isDamaged, storeError, whenNotBusy } from './sqlite-error.ts';
import { endRows } from './read-statement.ts';
import type { ReaderConnection } from './reader-connection.ts';

/** A stream gives the event loop a turn after so many milliseconds of reading. */
const TURN_MS = 5;

/** Where a session gets its connections. */
export interface ConnectionPool {
  /** How long a read waits while the file is busy. */
  readonly busyLimitMs: number;
  shared(): ReaderConnection;
  lend(): ReaderConnection;
  giveBack(connection: ReaderConnection): void;
}

/** The queries of one lease. Checks the lease before each operation; closes what is open when it is released. */
export class ReadSession {
  readonly #pool: ConnectionPool;
  readonly #check: () => void;
  #isReleased = false;
  readonly #store: string;
  readonly #frozen: ReaderConnection | undefined;
  readonly #streams = new Set<() => void>();

  constructor(pool: ConnectionPool, check: () => void, store: string, frozen: ReaderConnection | undefined) {
    this.#pool = pool;
    this.#check = () => {
      check();
      if (!this.#isReleased) return;
      throw new StagedReprocessError('REPROCESS_LEASE_RELEASED', 'The lease of this reader has ended');
    };
    this.#store = store;
    this.#frozen = frozen;
  }

  /** Throws when the lease has ended. */
  check(): void {
    this.#check();
  }

  async all(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return this.#retried(() => {
      this.#check();
      return (this.#frozen ?? this.#pool.shared()).statement(sql).all(parameters);
    });
  }

  /** The first row only; `undefined` when there is none. */
  async get(sql: string, parameters: readonly unknown[]): Promise<unknown> {
    return this.#retried(() => {
      this.#check();
      return (this.#frozen ?? this.#pool.shared()).statement(sql).get(parameters);
    });
  }

  /** Reads in chunks of `chunkRows`, on a connection of its own: other queries of the generation go on meanwhile. */
  async *stream(sql: string, parameters: readonly unknown[], chunkRows: number): AsyncGenerator<unknown[]> {
    const connection = await this.#retried(() => {
      this.#check();
      return this.#frozen ?? this.#pool.lend();
    });
    let rows: IterableIterator<unknown> | undefined;
    const stop = (): void => {
      if (!this.#streams.delete(stop)) return;
      endRows(rows);
      if (connection !== this.#frozen) this.#pool.giveBack(connection);
    };
    this.#streams.add(stop);
    try {
      const statement = connection.compile(sql);
      rows = statement.iterate(parameters);
      let turnAt = performance.now() + TURN_MS;
      for (let done = false; !done;) {
        const chunk: unknown[] = [];
        while (chunk.length < chunkRows && !done) {
          const step = rows.next();
          if (step.done === true) done = true;
          else chunk.push(statement.narrowed(step.value));
        }
        if (chunk.length > 0) yield chunk;
        if (performance.now() >= turnAt) {
          await turn();
          turnAt = performance.now() + TURN_MS;
        }
        this.#check();
      }
    } catch (error) {
      throw this.#told(error);
    } finally {
      stop();
    }
  }

  release(): void {
    this.#isReleased = true;
    for (const stop of [...this.#streams]) stop();
    if (this.#frozen !== undefined) this.#pool.giveBack(this.#frozen);
  }

  async #retried<Result>(attempt: () => Result): Promise<Result> {
    try {
      return await whenNotBusy(attempt, { limitMs: this.#pool.busyLimitMs });
    } catch (error) {
      throw this.#told(error);
    }
  }

  /** The reader's own mistakes (a wrong name, a syntax error) stay SQLite's errors; damage gets its code. */
  #told(error: unknown): unknown {
    return isDamaged(error) ? storeError(this.#store, 'read', error) : error;
  }
}
