import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type {
  FrozenRows,
  GenerationView,
  KeyRange,
  OpenGeneration,
  ViewOptions,
} from '../../store/open-generation.ts';
import type { ReadonlyTable, Table, TableDefinitions, TableReader } from '../../store/table.ts';
import { tableNamed } from '../../store/table.ts';
import type { Decoded } from '../../store/table-encoding.ts';
import { bytesOf, type LevelBytes, type LevelDatabase } from './level-database.ts';
import { levelBounds } from './level-bounds.ts';
import { readApplied } from './level-reserved.ts';
import { batchesOf, FrozenLevelRows } from './level-rows.ts';
import { LevelTable, type ViewState } from './level-table.ts';

/** One generation opened for reading. Several may share one database, which closes with the last of them. */
export class OpenLevelGeneration<T extends TableDefinitions> implements OpenGeneration<TableReader<T>> {
  readonly generation: number;
  readonly #db: LevelDatabase;
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #bytes = new Map<string, LevelBytes>();
  /** Ends of views and frozen rows. */
  readonly #views = new Set<() => Promise<void>>();
  readonly #onClose: () => Promise<void>;
  #closing: Promise<void> | undefined;

  constructor(
    generation: number,
    db: LevelDatabase,
    tables: ReadonlyMap<string, Table>,
    onClose: () => Promise<void>,
  ) {
    this.generation = generation;
    this.#db = db;
    this.#tables = tables;
    this.#onClose = onClose;
  }

  view(check: () => void, options: ViewOptions): GenerationView<TableReader<T>> {
    this.#checkOpen();
    let released = false;
    const state: ViewState = {
      guard: () => {
        check();
        if (released || this.#closing !== undefined) {
          throw new StagedReprocessError('REPROCESS_LEASE_RELEASED', 'The lease of this reader has ended');
        }
      },
      snapshot: options.frozen ? this.#db.snapshot() : undefined,
      iterators: new Set(),
    };
    const end = async (): Promise<void> => {
      if (released) return;
      released = true;
      this.#views.delete(end);
      await Promise.all([...state.iterators].map((iterator) => iterator.close()));
      await state.snapshot?.close();
    };
    this.#views.add(end);
    const opened = this.#readerOf(state);
    return { reader: opened, release: () => void end() };
  }

  async count(table: string): Promise<number> {
    this.#checkOpen();
    let count = 0;
    // As text, which V8 makes faster than a buffer a key; what the text says does not matter here.
    const keys = this.#of(table).keys({ keyEncoding: 'utf8' });
    try {
      for (let some = await keys.nextv(1000); some.length > 0; some = await keys.nextv(1000))
        count += some.length;
    } finally {
      await keys.close();
    }
    return count;
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    return this.#of(table).get(key);
  }

  async getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    this.#checkOpen();
    return this.#of(table).getMany([...keys]);
  }

  async *rows(table: string, range: KeyRange = {}): AsyncGenerator<readonly RowBytes[], void, undefined> {
    const check = (): void => {
      this.#checkOpen();
    };
    check();
    yield* batchesOf(this.#of(table).iterator(levelBounds(range)), check);
  }

  freeze(): FrozenRows {
    this.#checkOpen();
    const end = (): Promise<void> => frozen.close();
    const frozen = new FrozenLevelRows(
      this.#db,
      (table) => this.#of(table),
      () => this.#views.delete(end),
    );
    this.#views.add(end);
    return frozen;
  }

  async applied(): Promise<string | undefined> {
    this.#checkOpen();
    return readApplied(this.#db);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#views].map((end) => end()));
    await this.#onClose();
  }

  #readerOf(state: ViewState): TableReader<T> {
    const opened = new Map<string, LevelTable>();
    const tableOf = (name: string): LevelTable => {
      state.guard();
      const known = opened.get(name) ?? new LevelTable(tableNamed(this.#tables, name), this.#of(name), state);
      opened.set(name, known);
      return known;
    };
    return {
      table: <N extends Extract<keyof T, string>>(name: N) =>
        // The encodings of this table's definition are what gives these types.
        tableOf(name) as ReadonlyTable<Decoded<T[N]['keyEncoding']>, Decoded<T[N]['valueEncoding']>>,
    };
  }

  #of(table: string): LevelBytes {
    const { name } = tableNamed(this.#tables, table);
    const known = this.#bytes.get(name) ?? bytesOf(this.#db, name);
    this.#bytes.set(name, known);
    return known;
  }

  #checkOpen(): void {
    if (this.#closing === undefined) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `Generation ${this.generation} is closed`);
  }
}
