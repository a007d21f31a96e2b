import type { AbstractGetOptions, AbstractIteratorOptions, AbstractSnapshot } from 'abstract-level';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import { BATCH_BYTES, BATCH_ROWS, scanBatches } from './scan-batches.ts';
import type { ScanOptions, ScanVisitor, SourceSnapshot } from './source.ts';

/**
 * Any abstract-level database, or a sublevel, in what a source needs of it. Its own encodings do not matter: rows are
 * read as bytes.
 *
 * @public
 */
export interface AnyLevel {
  readonly supports: { readonly explicitSnapshots: boolean };
  readonly status: 'opening' | 'open' | 'closing' | 'closed';
  open(options: { readonly passive: boolean }): Promise<void>;
  snapshot(): AbstractSnapshot;
  get<K, V>(key: K, options: AbstractGetOptions<K, V>): Promise<V | undefined>;
  iterator<K, V>(
    options: AbstractIteratorOptions<K, V>,
  ): {
    nextv(size: number): Promise<[K, V][]>;
    close(): Promise<void>;
  };
}

/** Where the rows of one table are. */
export interface LevelSourceTable {
  readonly level: AnyLevel;
  /** What their keys begin with; left out of the keys that are handed out. */
  readonly prefix: Uint8Array;
}

const BYTES = { keyEncoding: 'view', valueEncoding: 'view' } as const;

/** A frozen view of an abstract-level database. */
export class LevelSnapshot implements SourceSnapshot {
  readonly sequence: bigint;
  readonly history?: string;
  readonly tables: readonly string[];
  readonly #snapshot: AbstractSnapshot;
  readonly #places: ReadonlyMap<string, LevelSourceTable>;
  #closed = false;

  constructor(
    snapshot: AbstractSnapshot,
    sequence: bigint,
    history: string | undefined,
    places: ReadonlyMap<string, LevelSourceTable>,
  ) {
    this.sequence = sequence;
    if (history !== undefined) this.history = history;
    this.tables = [...places.keys()];
    this.#snapshot = snapshot;
    this.#places = places;
  }

  /** A LevelDB does not know. */
  estimateRows(): undefined {
    return undefined;
  }

  async scan(table: string, visitor: ScanVisitor, options?: ScanOptions): Promise<void> {
    this.#checkOpen();
    const place = this.#places.get(table);
    if (place === undefined) {
      await scanBatches(() => false, visitor, options);
      return;
    }
    const { level, prefix } = place;
    const iterator = await this.#reading(() =>
      level.iterator<Uint8Array, Uint8Array>({ ...BYTES, ...prefixRange(prefix), snapshot: this.#snapshot }),
    );
    try {
      await scanBatches(
        async (batch) => {
          while (batch.length < BATCH_ROWS && batch.bytes < BATCH_BYTES) {
            // As many as a batch may hold at most: LevelDB itself bounds what it reads ahead by bytes.
            const rows = await this.#reading(() => iterator.nextv(BATCH_ROWS - batch.length));
            if (rows.length === 0) return false;
            for (const [key, value] of rows) batch.push(key.subarray(prefix.length), value);
          }
          return true;
        },
        visitor,
        options,
      );
    } finally {
      await iterator.close();
    }
  }

  async get(table: string, key: Uint8Array): Promise<Uint8Array | undefined> {
    this.#checkOpen();
    const place = this.#places.get(table);
    if (place === undefined) return undefined;
    const { level, prefix } = place;
    const full = prefix.length === 0 ? key : Buffer.concat([prefix, key]);
    return this.#reading(() =>
      level.get<Uint8Array, Uint8Array>(full, { ...BYTES, snapshot: this.#snapshot }),
    );
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#snapshot.close();
  }

  async #reading<T>(read: () => Promise<T> | T): Promise<T> {
    try {
      this.#checkOpen();
      return await read();
    } catch (error) {
      if (isReprocessError(error)) throw error;
      throw new StagedReprocessError('REPROCESS_SOURCE_FAILED', 'The database could not be read', {
        cause: error,
      });
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The snapshot is closed');
  }
}

/** The keys that begin with `prefix`. */
function prefixRange(prefix: Uint8Array): { readonly gte?: Uint8Array; readonly lt?: Uint8Array } {
  if (prefix.length === 0) return {};
  const last = prefix.findLastIndex((byte) => byte !== 0xff);
  if (last < 0) return { gte: prefix };
  const lt = Uint8Array.from(prefix.subarray(0, last + 1));
  lt[last] = (prefix[last] ?? 0) + 1;
  return { gte: prefix, lt };
}
