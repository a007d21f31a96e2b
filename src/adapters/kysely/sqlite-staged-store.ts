import { existsSync } from 'node:fs';
import { StagedReprocessError } from '../../errors.ts';
import type { GenerationWriter } from '../../store/generation-writer.ts';
import type { OpenGeneration } from '../../store/open-generation.ts';
import type { StoreBatch } from '../../store/store-batch.ts';
import type {
  AdoptedGeneration,
  StagedStore,
  StoreContext,
  StoreInspection,
  StoreSwitch,
} from '../../store/store.ts';
import { adoptTables } from './adopt-tables.ts';
import { BatchWriter } from './batch-writer.ts';
import { checkHome, readCatalog, writeEntry } from './catalog.ts';
import { discardGeneration } from './discard-generation.ts';
import { readFileUntouched } from './file-access.ts';
import { foreignError } from './foreign-error.ts';
import { foreignParts, outsideReferences } from './foreign-references.ts';
import { generationSql } from './generation-sql.ts';
import { GenerationReaders } from './generation-readers.ts';
import { inspectStore } from './inspect-store.ts';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import { prepareGeneration } from './prepare-generation.ts';
import { ReaderConnection } from './reader-connection.ts';
import { storeError } from './sqlite-error.ts';
import type { SqliteReader } from './sqlite-reader.ts';
import { StagedWriter } from './staged-writer.ts';
import { commitSwap, undoSwap } from './swap.ts';
import { swapTransaction } from './swap-transaction.ts';
import type { TableSet } from './table-set.ts';
import { WriteConnection } from './write-connection.ts';

export interface SqliteStoreParts {
  readonly sqlite: SqliteModule;
  readonly file: string;
  readonly set: TableSet;
  readonly context: StoreContext;
  readonly busyLimitMs: number;
}

/** A set of SQL tables in one SQLite file, staged and switched as a whole. */
export class SqliteStagedStore<DB> implements StagedStore<SqliteReader<DB>> {
  readonly #sqlite: SqliteModule;
  readonly #file: string;
  readonly #set: TableSet;
  readonly #store: string;
  readonly #homeId: string;
  readonly #adopted: number | undefined;
  readonly #temporaryDirectory: string | undefined;
  readonly #busyLimitMs: number;
  readonly #writer: WriteConnection;
  readonly #batches: BatchWriter;
  readonly #staging = new Map<number, StagedWriter>();
  readonly #readers = new Set<GenerationReaders<DB>>();
  #wasRead = false;
  #closed = false;

  constructor(parts: SqliteStoreParts) {
    this.#sqlite = parts.sqlite;
    this.#file = parts.file;
    this.#set = parts.set;
    this.#store = parts.context.storeName;
    this.#homeId = parts.context.homeId;
    this.#adopted = parts.context.adopted?.generation;
    this.#temporaryDirectory = parts.context.temporaryDirectory;
    this.#busyLimitMs = parts.busyLimitMs;
    this.#writer = new WriteConnection(parts.sqlite, parts.file, parts.busyLimitMs);
    this.#batches = new BatchWriter(this.#writer, this.#store, this.#homeId);
  }

  async inspect(): Promise<StoreInspection> {
    return this.#step('inspect', async () => {
      const read = (db: Connection): StoreInspection =>
        inspectStore(this.#sqlite, db, this.#store, this.#set, this.#adopted);
      const open = this.#writer.current;
      if (open !== undefined) return read(open);
      const found = await readFileUntouched(this.#sqlite, this.#file, read, this.#temporaryDirectory);
      return found ?? { generations: [], live: undefined, foreign: [] };
    });
  }

  async stage(generation: number): Promise<GenerationWriter> {
    return this.#step('stage', async () => {
      const { create } = generationSql(this.#sqlite, this.#set, this.#store, generation);
      await this.#writer.transaction((db) => {
        this.#checkHome(db);
        const foreign = foreignParts(this.#sqlite, db, this.#store, this.#set);
        if (foreign.length > 0) throw foreignError(this.#store, foreign);
        for (const sql of create) db.exec(sql);
        const marker = {
          format: 1,
          homeId: this.#homeId,
          store: this.#store,
          generation,
          revision: 0,
        } as const;
        writeEntry(db, { marker, state: 'staged', live: false, bytes: 0, set: this.#set });
      });
      const db = await this.#writer.fast();
      const writer = new StagedWriter(this.#store, generation, this.#set, db, this.#busyLimitMs);
      this.#staging.set(generation, writer);
      return writer;
    });
  }

  async prepare(generation: number): Promise<void> {
    await this.#step('prepare', async () => {
      await this.#endStaging(generation);
      await prepareGeneration(this.#sqlite, this.#writer, this.#store, generation);
    });
  }

  async apply(generation: number, batch: StoreBatch): Promise<void> {
    await this.#step('apply', async () => {
      await this.#batches.apply(generation, batch);
      for (const readers of this.#readers)
        if (readers.generation === generation) readers.connections.refresh();
    });
  }

  async commit(change: StoreSwitch): Promise<void> {
    await this.#step('commit', () =>
      this.#swap((db) => {
        commitSwap(db, this.#store, change);
      }),
    );
  }

  async undo(change: StoreSwitch): Promise<void> {
    await this.#step('undo', () =>
      this.#swap((db) => {
        undoSwap(db, this.#store, change);
      }),
    );
  }

  async openGeneration(generation: number): Promise<OpenGeneration<SqliteReader<DB>>> {
    this.#checkOpen();
    if (!existsSync(this.#file)) {
      throw new StagedReprocessError(
        'REPROCESS_STORE_CORRUPT',
        `Store \`${this.#store}\` has no database file`,
        {
          details: { store: this.#store, file: this.#file },
        },
      );
    }
    const readers = await GenerationReaders.open<DB>({
      store: this.#store,
      generation,
      connect: () => ReaderConnection.open(this.#sqlite, this.#file, this.#store, generation),
      busyLimitMs: this.#busyLimitMs,
      onClose: () => this.#readers.delete(readers),
    });
    this.#readers.add(readers);
    this.#wasRead = true;
    return readers;
  }

  async discard(generation: number): Promise<void> {
    await this.#step('discard', async () => {
      await this.#endStaging(generation);
      await this.#writer.transaction((db) => {
        this.#checkHome(db);
      });
      this.#batches.forget(generation);
      await discardGeneration(this.#writer, this.#store, generation);
    });
  }

  async sizeBytes(generation: number): Promise<number> {
    return this.#step('size', async () => {
      const read = (db: Connection): number =>
        readCatalog(db, this.#store).entries.find((entry) => entry.marker.generation === generation)?.bytes ??
        0;
      const open = this.#writer.current;
      return open === undefined
        ? ((await readFileUntouched(this.#sqlite, this.#file, read, this.#temporaryDirectory)) ?? 0)
        : read(open);
    });
  }

  async adopt(adopted: AdoptedGeneration, revision: number): Promise<void> {
    await this.#step('adopt', () =>
      this.#writer.transaction((db) => {
        this.#checkHome(db);
        const { generation } = adopted;
        adoptTables(db, this.#set, { store: this.#store, homeId: this.#homeId, generation, revision });
        const foreign = outsideReferences(this.#sqlite, db, this.#set);
        if (foreign.length > 0) throw foreignError(this.#store, foreign);
      }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const readers of [...this.#readers]) await readers.close();
    for (const generation of [...this.#staging.keys()]) await this.#endStaging(generation);
    // Read-only connections leave the log behind, also one that a killed process had left.
    if (this.#wasRead && existsSync(`${this.#file}-wal`)) await this.#writer.connect().catch(() => undefined);
    await this.#writer.close();
  }

  #swap(move: (db: Connection) => void): Promise<void> {
    return swapTransaction(this.#writer, this.#store, [...this.#readers], (db) => {
      this.#checkHome(db);
      move(db);
    });
  }

  async #endStaging(generation: number): Promise<void> {
    await this.#staging.get(generation)?.abort();
    this.#staging.delete(generation);
  }

  #checkHome(db: Connection): void {
    checkHome(this.#store, this.#homeId, readCatalog(db, this.#store).entries);
  }

  #checkOpen(): void {
    if (!this.#closed) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `Store \`${this.#store}\` is closed`);
  }

  async #step<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
    this.#checkOpen();
    try {
      return await run();
    } catch (error) {
      throw storeError(this.#store, step, error);
    }
  }
}
