import { Level } from 'level';
import { errorCode, errorMessage, isError, StagedReprocessError } from '../errors.ts';
import { checkLevelFiles } from './check-level-files.ts';
import type { ControlStore } from './control-store.ts';

const RECORD_KEY = 'record';
const RUNS_KEY = 'runs';

/** A small LevelDB; every write is synced. Its lock is the one-process lock of the data directory. */
export class LevelControlStore implements ControlStore {
  readonly #directory: string;
  #db: Level | undefined;
  #hasTornLog = false;

  constructor(directory: string) {
    this.#directory = directory;
  }

  async open(): Promise<void> {
    const damage = await findDamage(this.#directory);
    if (damage !== undefined) {
      throw new StagedReprocessError(
        'REPROCESS_CONTROL_CORRUPT',
        `The control store is damaged: ${damage}. Nothing was changed`,
        { details: { directory: this.#directory } },
      );
    }
    this.#db = await openDatabase(this.#directory);
    await checkKeys(this.#db, this.#directory);
  }

  readRecord(): Promise<string | undefined> {
    return this.#read(RECORD_KEY);
  }

  async writeRecord(text: string, runs?: string): Promise<void> {
    const puts = [{ type: 'put' as const, key: RECORD_KEY, value: text }];
    if (runs !== undefined) puts.push({ type: 'put', key: RUNS_KEY, value: runs });
    const db = await this.#sound();
    try {
      await db.batch(puts, { sync: true });
    } catch (error) {
      this.#hasTornLog = true;
      throw error;
    }
  }

  readRuns(): Promise<string | undefined> {
    return this.#read(RUNS_KEY);
  }

  async close(): Promise<void> {
    await this.#db?.close();
  }

  async #read(key: string): Promise<string | undefined> {
    const db = this.#opened();
    try {
      return await db.get(key);
    } catch (error) {
      throw new StagedReprocessError('REPROCESS_CONTROL_CORRUPT', 'The control store cannot be read', {
        cause: error,
      });
    }
  }

  /**
   * After a write that failed half-way (a full disk) LevelDB goes on behind the torn record, where the next opening would
   * read nothing. A new opening begins a new log.
   */
  async #sound(): Promise<Level> {
    const db = this.#opened();
    if (!this.#hasTornLog) return db;
    await db.close();
    this.#db = await openDatabase(this.#directory);
    this.#hasTornLog = false;
    return this.#db;
  }

  #opened(): Level {
    if (this.#db !== undefined) return this.#db;
    throw new StagedReprocessError('REPROCESS_CONTROL_FAILED', 'The control store is not open');
  }
}

async function openDatabase(directory: string): Promise<Level> {
  // Compressed blocks could not be checked at the next opening.
  const db = new Level(directory, { compression: false });
  try {
    await db.open();
    return db;
  } catch (error) {
    await db.close().catch(() => undefined);
    throw openError(error);
  }
}

/** A LevelDB of the host may lie under this name: nothing is written into it, and nothing beside it is the library's. */
async function checkKeys(db: Level, directory: string): Promise<void> {
  const keys = await db.keys({ limit: 3 }).all();
  if (keys.every((key) => key === RECORD_KEY || key === RUNS_KEY)) return;
  throw new StagedReprocessError(
    'REPROCESS_FOREIGN_DATA',
    `${directory} is a database that is not the library's. Nothing was changed`,
    { details: { directory } },
  );
}

async function findDamage(directory: string): Promise<string | undefined> {
  try {
    return await checkLevelFiles(directory);
  } catch (error) {
    throw openError(error);
  }
}

function openError(error: unknown): StagedReprocessError {
  const cause: unknown = isError(error) ? (error.cause ?? error) : error;
  if (errorCode(cause) === 'LEVEL_LOCKED') {
    return new StagedReprocessError('REPROCESS_LOCKED', 'The data directory is in use', { cause: error });
  }
  const message = errorMessage(cause);
  // LevelDB has one code for damage and another for everything that it did not expect, damage among it.
  const isOutside = /permission|denied|no space|read-only|too many open/i.test(message);
  return new StagedReprocessError(
    isOutside ? 'REPROCESS_CONTROL_FAILED' : 'REPROCESS_CONTROL_CORRUPT',
    `The control store cannot be opened: ${message}`,
    { cause: error },
  );
}
