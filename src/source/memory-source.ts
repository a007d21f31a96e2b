import { checkKeys, expected } from '../store/expected.ts';
import { bytesOf, type BytesOrText } from './bytes-or-text.ts';
import type { SortedSourceRows } from './memory-snapshot.ts';
import { MemorySnapshot } from './memory-snapshot.ts';
import type { Source, SourceSnapshot } from './source.ts';

/** @public */
export interface MemorySourceOptions {
  /** What the first snapshot has applied. */
  readonly sequence: bigint;
  /** Rows of each table in any order; a later row of one key replaces an earlier one. */
  readonly tables: Readonly<Record<string, Iterable<readonly [key: BytesOrText, value: BytesOrText]>>>;
  /** See `SourceSnapshot.history`. */
  readonly history?: string;
}

/**
 * A source in memory, for tests and examples. Every change raises `sequence` by one; a snapshot is frozen at its
 * opening. Bytes are copied in.
 *
 * @public
 */
export class MemorySource implements Source {
  readonly #history: string | undefined;
  readonly #tables = new Map<string, MemorySourceTable>();
  #sequence: bigint;
  #opened = 0;
  #closed = 0;

  /** Throws `TypeError` on wrong options. */
  constructor(options: MemorySourceOptions) {
    checkKeys(options, ['sequence', 'tables', 'history']);
    const tables: unknown = options.tables;
    if (typeof tables !== 'object' || tables === null) throw expected('tables', 'an object of rows', tables);
    const { sequence, history }: { readonly sequence: unknown; readonly history?: unknown } = options;
    if (typeof sequence !== 'bigint') throw expected('sequence', 'a bigint', sequence);
    if (history !== undefined && typeof history !== 'string') throw expected('history', 'a string', history);
    this.#sequence = sequence;
    this.#history = history;
    for (const [name, rows] of Object.entries(options.tables)) {
      const table = new MemorySourceTable();
      for (const [key, value] of rows) table.set(bytesOf(key), bytesOf(value));
      this.#tables.set(name, table);
    }
  }

  get sequence(): bigint {
    return this.#sequence;
  }

  /** Number of snapshots opened so far. */
  get opened(): number {
    return this.#opened;
  }

  /** Number of `close()` calls on snapshots so far: equal to `opened` when each was closed exactly once. */
  get closed(): number {
    return this.#closed;
  }

  /** Sets one row, in a new table if need be. Returns the new sequence. */
  set(table: string, key: BytesOrText, value: BytesOrText): bigint {
    let rows = this.#tables.get(table);
    if (rows === undefined) this.#tables.set(table, (rows = new MemorySourceTable()));
    rows.set(bytesOf(key), bytesOf(value));
    return ++this.#sequence;
  }

  /** Deletes one row, if it is there. Returns the new sequence. */
  delete(table: string, key: BytesOrText): bigint {
    this.#tables.get(table)?.delete(bytesOf(key));
    return ++this.#sequence;
  }

  openSnapshot(): SourceSnapshot {
    const tables = new Map([...this.#tables].map(([name, table]) => [name, table.frozen()]));
    this.#opened += 1;
    return new MemorySnapshot(this.#sequence, this.#history, tables, () => {
      this.#closed += 1;
    });
  }
}

/**
 * Makes a source of rows in memory.
 *
 * @public
 */
export function memorySource(options: MemorySourceOptions): MemorySource {
  return new MemorySource(options);
}

class MemorySourceTable {
  readonly #rows = new Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>();
  #frozen: SortedSourceRows | undefined;

  set(key: Uint8Array, value: Uint8Array): void {
    this.#rows.set(identity(key), { key, value });
    this.#frozen = undefined;
  }

  delete(key: Uint8Array): void {
    if (this.#rows.delete(identity(key))) this.#frozen = undefined;
  }

  /** The rows as they are now, sorted; later changes make another list. */
  frozen(): SortedSourceRows {
    this.#frozen ??= [...this.#rows.values()].sort((left, right) => Buffer.compare(left.key, right.key));
    return this.#frozen;
  }
}

function identity(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
