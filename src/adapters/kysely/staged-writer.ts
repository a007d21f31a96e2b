import { setTimeout as delay } from 'node:timers/promises';
import { StagedReprocessError } from '../../errors.ts';
import type { BulkWriter, GenerationWriter } from '../../store/generation-writer.ts';
import { requireEntry, writeEntry } from './catalog.ts';
import { generationName, quote } from './identifier.ts';
import type { Connection, Prepared } from './load-sqlite.ts';
import { RowCodec } from './row-codec.ts';
import { RowQueue } from './row-queue.ts';
import { storeError, whenNotBusy } from './sqlite-error.ts';
import type { TableSet } from './table-set.ts';
import { inTransaction } from './write-connection.ts';

/** Rows are inserted for so long in one transaction; with its end it stays under 5 ms. */
const TRANSACTION_MS = 4;
const ROWS_BETWEEN_CLOCK_READS = 16;
/** Bytes that wait to be written before the caller is asked to wait. */
const FULL_BYTES = 1 << 20;

interface Target {
  readonly codec: RowCodec;
  readonly insert: Prepared;
}

/**
 * Writes a staged generation on a connection of its own, in short transactions with pauses as long between them: the
 * host's event loop, and other writers of the file, get their turn however many rows there are.
 */
export class StagedWriter implements GenerationWriter {
  readonly #store: string;
  readonly #generation: number;
  readonly #db: Connection;
  readonly #busyLimitMs: number;
  readonly #targets: readonly Target[];
  readonly #queue = new RowQueue();
  readonly #stop = new AbortController();
  #writing: Promise<void> | undefined;
  #error: Error | undefined;
  #roomWaiters: (() => void)[] = [];
  #bytes = 0;

  constructor(store: string, generation: number, set: TableSet, db: Connection, busyLimitMs: number) {
    this.#busyLimitMs = busyLimitMs;
    this.#store = store;
    this.#generation = generation;
    this.#db = db;
    this.#targets = set.tables.map((table) => {
      const columns = table.columns.map((column) => quote(column.name)).join(', ');
      const values = table.columns.map(() => '?').join(', ');
      const name = quote(generationName(store, generation, table.name));
      return {
        codec: new RowCodec(table),
        insert: db.prepare(`INSERT INTO ${name} (${columns}) VALUES (${values})`),
      };
    });
  }

  table(name: string): BulkWriter {
    const index = this.#targets.findIndex((target) => target.codec.table.name === name);
    if (index < 0) throw new TypeError(`Expected \`table\` to be a declared table, got \`${name}\` (string)`);
    const queue = this.#queue;
    return {
      put: (_key, keyLength, value, valueLength) => {
        if (this.#stop.signal.aborted) {
          throw new StagedReprocessError(
            'REPROCESS_HANDLE_CLOSED',
            `The writer of \`${this.#store}\` is closed`,
          );
        }
        queue.push(index, value, valueLength);
        this.#bytes += keyLength + valueLength;
        this.#writing ??= this.#write();
      },
      get full() {
        return queue.bytes >= FULL_BYTES;
      },
      drain: () => this.#drain(),
    };
  }

  async finish(): Promise<void> {
    await this.#writing;
    if (this.#error !== undefined) throw this.#error;
    this.#stop.abort();
    if (!this.#db.open) {
      throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `The writer of \`${this.#store}\` is closed`);
    }
    try {
      const record = (): void => {
        const entry = requireEntry(this.#db, this.#store, this.#generation);
        writeEntry(this.#db, { ...entry, bytes: this.#bytes });
      };
      await whenNotBusy(
        () => {
          inTransaction(this.#db, record);
        },
        { limitMs: this.#busyLimitMs },
      );
    } catch (error) {
      throw storeError(this.#store, 'write', error);
    } finally {
      this.#db.close();
    }
  }

  /** Drops what was not written yet. May be called twice, and after `finish`. */
  async abort(): Promise<void> {
    this.#stop.abort();
    await this.#writing;
    this.#db.close();
  }

  async #drain(): Promise<void> {
    while (this.#error === undefined && this.#queue.bytes >= FULL_BYTES && !this.#stop.signal.aborted) {
      await new Promise<void>((resolve) => {
        this.#roomWaiters.push(resolve);
      });
    }
    if (this.#error !== undefined) throw this.#error;
  }

  async #write(): Promise<void> {
    const { signal } = this.#stop;
    try {
      // Rows that come within this turn of the event loop share the first transaction.
      await delay(0, undefined, { signal });
      while (!this.#queue.empty) {
        const start = performance.now();
        await whenNotBusy(
          () => {
            this.#writeSome();
          },
          { limitMs: this.#busyLimitMs, signal },
        );
        this.#wakeWaiters();
        await delay(Math.ceil(performance.now() - start), undefined, { signal });
      }
    } catch (error) {
      if (!signal.aborted) this.#error = storeError(this.#store, 'write', error);
      this.#queue.clear();
    } finally {
      this.#writing = undefined;
      this.#wakeWaiters();
    }
  }

  #writeSome(): void {
    const cursor = this.#queue.cursor();
    inTransaction(this.#db, () => {
      const end = performance.now() + TRANSACTION_MS;
      for (let rows = 1; cursor.next(); rows++) {
        const target = this.#targets[cursor.table];
        target?.insert.run(...target.codec.decodeValue(cursor.value));
        if (rows % ROWS_BETWEEN_CLOCK_READS === 0 && performance.now() >= end) break;
      }
    });
    // Only now: a transaction that was refused is tried again with the same rows.
    this.#queue.consume(cursor);
  }

  #wakeWaiters(): void {
    const waiters = this.#roomWaiters;
    this.#roomWaiters = [];
    for (const wake of waiters) wake();
  }
}
