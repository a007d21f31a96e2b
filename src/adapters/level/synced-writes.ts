import { StagedReprocessError } from '../../errors.ts';
import type { LevelDatabase } from './level-database.ts';
import { beginNewLog } from './new-log.ts';

/**
 * The synced writes of a store into databases that others read meanwhile: one at a time a directory.
 *
 * A write that fails (a full disk) may leave half a record in LevelDB's log, behind which the next opening would find
 * nothing; or it leaves a whole one, which comes back at the next opening. So nothing more is written until LevelDB has
 * begun a new log. Opening it anew would do that too, but it would break off everybody who reads, and replay the old log.
 * Where no new log can be begun, each write is refused until one can, or until the database has been closed by all its
 * readers and opened again.
 */
export class SyncedWrites {
  readonly #turns = new Map<string, Promise<unknown>>();
  /** With the error of the write that failed. */
  readonly #torn = new WeakMap<LevelDatabase, unknown>();

  /** Runs `work` when all earlier work on `path` has ended, however it ended. */
  inTurn<T>(path: string, work: () => Promise<T>): Promise<T> {
    const before = this.#turns.get(path) ?? Promise.resolve();
    const turn = before.then(work, work);
    this.#turns.set(path, turn);
    const forget = (): void => {
      if (this.#turns.get(path) === turn) this.#turns.delete(path);
    };
    turn.then(forget, forget);
    return turn;
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#turns.size > 0) await Promise.allSettled(this.#turns.values());
  }

  /** Runs `write`, which nothing else of `path` may overlap, so long as what it writes can be found again. */
  async write(path: string, db: LevelDatabase, write: () => Promise<void>): Promise<void> {
    if (this.#torn.has(db)) {
      if (!(await beginNewLog(path, db))) {
        throw new StagedReprocessError(
          'REPROCESS_STORE_FAILED',
          `${path} takes no writes: an earlier one failed, and LevelDB cannot begin a new log`,
          { details: { path }, cause: this.#torn.get(db) },
        );
      }
      this.#torn.delete(db);
    }
    try {
      await write();
    } catch (error) {
      this.#torn.set(db, error);
      throw error;
    }
  }
}
