import { mkdir, rm } from 'node:fs/promises';
import { Level } from 'level';
import { errorCode, errorMessage, isError, isReprocessError, StagedReprocessError } from '../errors.ts';
import { logCorrupt, storageFailed } from './log-errors.ts';
import type { LogRange, LogStorage, LogWrite } from './log-storage.ts';

const KEYS_AT_ONCE = 1000;

/** A LevelDB of its own. */
export class LevelLogStorage implements LogStorage {
  readonly #path: string;
  #db: Level<Uint8Array, Uint8Array>;

  private constructor(path: string, db: Level<Uint8Array, Uint8Array>) {
    this.#path = path;
    this.#db = db;
  }

  /**
   * @throws StagedReprocessError `REPROCESS_DELTA_LOG_CORRUPT`, `REPROCESS_DELTA_LOG_FAILED` or `REPROCESS_LOCKED`.
   */
  static async open(path: string): Promise<LevelLogStorage> {
    try {
      await mkdir(path, { recursive: true });
    } catch (error) {
      throw storageFailed('cannot be opened', error);
    }
    return new LevelLogStorage(path, await openDatabase(path));
  }

  static async destroy(path: string): Promise<void> {
    try {
      await rm(path, { recursive: true, force: true });
    } catch (error) {
      throw storageFailed('cannot be removed', error);
    }
  }

  async write(rows: readonly LogWrite[], options: { readonly sync: boolean }): Promise<void> {
    await this.#db.batch(
      rows.map(({ key, value }) =>
        value === undefined ? { type: 'del', key } : { type: 'put', key, value },
      ),
      options,
    );
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    try {
      return await this.#db.get(key);
    } catch (error) {
      throw readError(error);
    }
  }

  async *keys(range: LogRange): AsyncIterable<readonly Uint8Array[]> {
    const keys = this.#db.keys(range);
    try {
      for (
        let next = await keys.nextv(KEYS_AT_ONCE);
        next.length > 0;
        next = await keys.nextv(KEYS_AT_ONCE)
      ) {
        yield next;
      }
    } catch (error) {
      throw readError(error);
    } finally {
      await keys.close();
    }
  }

  rows(range: LogRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    // Made at once: it sees what the database is now.
    const rows = this.#db.iterator({ ...range, fillCache: false });
    return (async function* () {
      try {
        for (let row = await rows.next(); row !== undefined; row = await rows.next()) yield row;
      } catch (error) {
        throw readError(error);
      } finally {
        await rows.close();
      }
    })();
  }

  /**
   * LevelDB goes on behind a record that was written by half, where the next opening would read nothing. A new opening
   * begins a new file.
   */
  async reopen(): Promise<void> {
    await this.#db.close();
    this.#db = await openDatabase(this.#path);
  }

  async close(): Promise<void> {
    await this.#db.close();
  }
}

async function openDatabase(path: string): Promise<Level<Uint8Array, Uint8Array>> {
  const db = new Level<Uint8Array, Uint8Array>(path, { keyEncoding: 'view', valueEncoding: 'view' });
  try {
    await db.open();
    return db;
  } catch (error) {
    await db.close().catch(() => undefined);
    throw openError(error);
  }
}

function readError(error: unknown): unknown {
  if (isReprocessError(error)) return error;
  if (errorCode(error) === 'LEVEL_CORRUPTION')
    return logCorrupt(`it cannot be read: ${errorMessage(error)}`, error);
  return storageFailed('cannot be read', error);
}

function openError(error: unknown): StagedReprocessError {
  const cause: unknown = isError(error) ? (error.cause ?? error) : error;
  if (errorCode(cause) === 'LEVEL_LOCKED') {
    return new StagedReprocessError('REPROCESS_LOCKED', 'The delta log is in use', { cause: error });
  }
  // LevelDB has one code for damage and another for everything that it did not expect, damage among it.
  const isOutside = /permission|denied|no space|read-only|too many open/i.test(errorMessage(cause));
  return isOutside
    ? storageFailed('cannot be opened', error)
    : logCorrupt(`it cannot be opened: ${errorMessage(cause)}`, error);
}
