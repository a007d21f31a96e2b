import { Level } from 'level';
import type { AbstractIterator, AbstractSnapshot } from 'abstract-level';
import { isError } from '../../errors.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { checkLevelLogs } from './check-level-logs.ts';
import { controlCorrupt } from './durable-json.ts';
import {
  decodeRow,
  encodeRow,
  familyRange,
  rowKey,
  sourceKey,
  STATE_KEY,
  type OverlayRow,
} from './overlay-row.ts';
import { overlayError, reading } from './overlay-errors.ts';
import { decodeState, encodeState, type OverlayState } from './overlay-state.ts';

export interface OverlayChange {
  readonly familyId: number;
  readonly key: Uint8Array;
  /** `undefined`: the overlay says nothing of this key any more. */
  readonly row: OverlayRow | undefined;
}

type Database = Level<Uint8Array, Uint8Array>;
type RowIterator = AbstractIterator<Database, Uint8Array, Uint8Array>;

/** The changes since a checkpoint: a LevelDB of changed rows and tombstones, and the state that they make. */
export class Overlay {
  readonly path: string;
  #db: Database;
  #isTorn = false;
  #mending: Promise<void> | undefined;

  private constructor(path: string, db: Database) {
    this.path = path;
    this.#db = db;
  }

  /** Makes an empty one, durably but for its name in the directory above. */
  static async create(path: string, state: OverlayState): Promise<Overlay> {
    const overlay = new Overlay(path, await openDatabase(path, { errorIfExists: true }));
    try {
      await overlay.commit([], state);
      await syncDirectory(path);
      return overlay;
    } catch (error) {
      await overlay.close();
      throw error;
    }
  }

  /** @throws StagedReprocessError `REPROCESS_LOCKED`, `REPROCESS_SOURCE_CORRUPT`, `REPROCESS_SOURCE_FAILED`. */
  static async open(path: string): Promise<Overlay> {
    await checkLevelLogs(path);
    return new Overlay(path, await openDatabase(path, { createIfMissing: false }));
  }

  /** All or nothing, and synced. */
  async commit(changes: Iterable<OverlayChange>, state: OverlayState): Promise<void> {
    await this.#mend();
    const batch = this.#db.batch();
    try {
      for (const { familyId, key, row } of changes) {
        const full = rowKey(familyId, key);
        if (row === undefined) batch.del(full);
        else batch.put(full, encodeRow(full, row));
      }
      batch.put(STATE_KEY, encodeRow(STATE_KEY, { value: encodeState(state), hides: false }));
    } catch (error) {
      await batch.close();
      throw error;
    }
    try {
      await reading(() => batch.write({ sync: true }), 'written');
    } catch (error) {
      this.#isTorn = true;
      throw error;
    }
  }

  async view(): Promise<OverlayView> {
    await this.#mend();
    return reading(async () => new OverlayView(this.path, this.#db), 'read');
  }

  async close(): Promise<void> {
    await this.#db.close();
  }

  /**
   * After a write that failed LevelDB goes on behind half a record, where the next opening would find nothing. A new opening
   * begins a new log. Views that are open do not survive it.
   */
  async #mend(): Promise<void> {
    if (!this.#isTorn) return;
    await (this.#mending ??= this.#reopen().finally(() => {
      this.#mending = undefined;
    }));
  }

  async #reopen(): Promise<void> {
    await this.#db.close();
    this.#db = await openDatabase(this.path, { createIfMissing: false });
    this.#isTorn = false;
  }
}

/** An overlay as it was at one moment. Whoever opened it closes it. */
export class OverlayView {
  readonly #path: string;
  readonly #db: Database;
  readonly #snapshot: AbstractSnapshot;

  constructor(path: string, db: Database) {
    this.#path = path;
    this.#db = db;
    this.#snapshot = db.snapshot();
  }

  async state(): Promise<OverlayState> {
    const [row] = await reading(() => this.#db.getMany([STATE_KEY], { snapshot: this.#snapshot }), 'read');
    if (row === undefined) throw controlCorrupt(`${this.#path} (its state is missing)`);
    const { value } = decodeRow(STATE_KEY, row);
    if (value === undefined) throw controlCorrupt(this.#path);
    return decodeState(value, this.#path);
  }

  /** What it says of each key, in their order; `undefined` where it says nothing. */
  async getMany(familyId: number, keys: readonly Uint8Array[]): Promise<(OverlayRow | undefined)[]> {
    const fulls = keys.map((key) => rowKey(familyId, key));
    const rows = await reading(() => this.#db.getMany(fulls, { snapshot: this.#snapshot }), 'read');
    return fulls.map((full, i) => {
      const row = rows[i];
      return row === undefined ? undefined : decodeRow(full, row);
    });
  }

  /** The rows of a family, in the order of their keys. */
  rows(familyId: number): Promise<OverlayRows> {
    const range = { ...familyRange(familyId), snapshot: this.#snapshot, fillCache: false };
    return reading(async () => new OverlayRows(this.#db.iterator(range)), 'read');
  }

  async close(): Promise<void> {
    await this.#snapshot.close();
  }
}

const ROWS_AT_ONCE = 1000;

/** Goes over rows one by one. */
export class OverlayRows {
  readonly #iterator: RowIterator;
  #read: readonly [Uint8Array, Uint8Array][] = [];
  #at = 0;

  constructor(iterator: RowIterator) {
    this.#iterator = iterator;
  }

  /** The row at hand without going on, when it was read already. Call `fill` first. */
  get head(): readonly [key: Uint8Array, full: Uint8Array, row: Uint8Array] | undefined {
    const row = this.#read[this.#at];
    return row === undefined ? undefined : [sourceKey(row[0]), row[0], row[1]];
  }

  /** Makes sure that there is a head, unless the rows are at their end. */
  async fill(): Promise<void> {
    if (this.#at < this.#read.length) return;
    this.#read = await reading(() => this.#iterator.nextv(ROWS_AT_ONCE), 'read');
    this.#at = 0;
  }

  next(): void {
    this.#at++;
  }

  async close(): Promise<void> {
    await this.#iterator.close();
  }
}

async function openDatabase(
  path: string,
  options: { readonly createIfMissing?: boolean; readonly errorIfExists?: boolean },
): Promise<Database> {
  const db = new Level<Uint8Array, Uint8Array>(path, {
    keyEncoding: 'view',
    valueEncoding: 'view',
    ...options,
  });
  try {
    await db.open();
    return db;
  } catch (error) {
    await db.close().catch(() => undefined);
    throw overlayError(isError(error) ? (error.cause ?? error) : error, 'opened');
  }
}
