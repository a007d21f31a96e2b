import type { AbstractIterator } from 'abstract-level';
import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { FrozenRows } from '../../store/open-generation.ts';
import type { LevelBytes, LevelDatabase } from './level-database.ts';

const ROWS_PER_BATCH = 1000;

type BytesIterator = AbstractIterator<LevelBytes, Uint8Array, Uint8Array>;

/** The rows of an iterator, which it closes at the end. `check` throws when there must be no more of them. */
export async function* batchesOf(
  iterator: BytesIterator,
  check: () => void,
): AsyncGenerator<readonly RowBytes[], void, undefined> {
  try {
    for (;;) {
      const some = await iterator.nextv(ROWS_PER_BATCH);
      // LevelDB ends an iterator that was closed meanwhile quietly, which would look like the end of the table.
      check();
      if (some.length === 0) return;
      yield some.map(([key, value]) => ({ key, value }));
      check();
    }
  } finally {
    await iterator.close();
  }
}

/** All tables of a database as they were at one moment. */
export class FrozenLevelRows implements FrozenRows {
  readonly #tableOf: (name: string) => LevelBytes;
  readonly #snapshot: ReturnType<LevelDatabase['snapshot']>;
  readonly #iterators = new Set<BytesIterator>();
  readonly #onClose: () => void;
  #closing: Promise<void> | undefined;

  constructor(db: LevelDatabase, tableOf: (name: string) => LevelBytes, onClose: () => void) {
    this.#snapshot = db.snapshot();
    this.#tableOf = tableOf;
    this.#onClose = onClose;
  }

  async *rows(table: string): AsyncGenerator<readonly RowBytes[], void, undefined> {
    const check = (): void => {
      if (this.#closing === undefined) return;
      throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'The frozen rows are closed');
    };
    check();
    const iterator = this.#tableOf(table).iterator({ snapshot: this.#snapshot });
    this.#iterators.add(iterator);
    try {
      yield* batchesOf(iterator, check);
    } finally {
      this.#iterators.delete(iterator);
    }
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    this.#onClose();
    // A snapshot waits for its iterators.
    await Promise.all([...this.#iterators].map((iterator) => iterator.close()));
    await this.#snapshot.close();
  }
}
