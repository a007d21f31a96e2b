import { StagedReprocessError } from '../../errors.ts';
import { expected } from '../../store/expected.ts';
import type { StoreBatch } from '../../store/store-batch.ts';
import { appliedWriter } from './applied-text.ts';
import { type CatalogEntry, checkHome, entryWatch, halfDeleted, requireEntry } from './catalog.ts';
import { generationName } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';
import { putRows } from './put-rows.ts';
import { TableWriter } from './table-writer.ts';
import type { WriteConnection } from './write-connection.ts';

/** The compiled statements of one generation, as long as its marker stays as it is. */
interface Target {
  /** Its marker covers all that the statements depend on: the definition, and whether the tables bear the live names. */
  readonly isCurrent: () => boolean;
  readonly table: (name: string) => TableWriter;
  /** Whether some foreign key is checked row by row unless it is told to wait. */
  readonly immediateKeys: boolean;
  readonly writeApplied: (applied: string) => void;
}

/** Applies batches to ready generations of one store. */
export class BatchWriter {
  readonly #writer: WriteConnection;
  readonly #store: string;
  readonly #homeId: string;
  readonly #targets = new Map<number, Target>();

  constructor(writer: WriteConnection, store: string, homeId: string) {
    this.#writer = writer;
    this.#store = store;
    this.#homeId = homeId;
  }

  /**
   * One transaction in one turn of the event loop. All deletes come first, then the rows, so that what a delete takes
   * along (a cascade, a trigger) is no row of the same batch.
   */
  async apply(generation: number, batch: StoreBatch): Promise<void> {
    await this.#writer.checkedTransaction((db) => {
      const target = this.#target(db, generation);
      if (target.immediateKeys) db.pragma('defer_foreign_keys = ON');
      for (const { table, rows } of batch.writes) {
        const writer = target.table(table);
        for (const { key, value } of rows) if (value === undefined) writer.del(key);
      }
      for (const { table, rows } of batch.writes) putRows(db, target.table(table), rows);
      target.writeApplied(batch.applied);
    });
  }

  /** Drops the statements of a generation that is deleted. */
  forget(generation: number): void {
    this.#targets.delete(generation);
  }

  #target(db: Connection, generation: number): Target {
    const known = this.#targets.get(generation);
    if (known?.isCurrent() === true) return known;
    const entry = requireEntry(db, this.#store, generation);
    checkHome(this.#store, this.#homeId, [entry]);
    if (entry.state === 'discarding') throw halfDeleted(this.#store, generation);
    if (entry.state !== 'ready') {
      throw new StagedReprocessError(
        'REPROCESS_STORE_FAILED',
        `Generation ${String(generation)} of store \`${this.#store}\` is not prepared: nothing can be applied to it`,
        { details: { store: this.#store, step: 'apply', generation } },
      );
    }
    const target = makeTarget(db, entry);
    this.#targets.set(generation, target);
    return target;
  }
}

function makeTarget(db: Connection, entry: CatalogEntry): Target {
  const { store, generation } = entry.marker;
  const named = (name: string): string => (entry.live ? name : generationName(store, generation, name));
  const writers = new Map<string, TableWriter>();
  return {
    isCurrent: entryWatch(db, store, generation),
    table(name) {
      const made = writers.get(name);
      if (made !== undefined) return made;
      const table = entry.set.tables.find((one) => one.name === name);
      if (table === undefined) throw expected('table', `a table of store \`${store}\``, name);
      const writer = new TableWriter(db, table, named(name));
      writers.set(name, writer);
      return writer;
    },
    immediateKeys: entry.set.tables.some(({ name }) => hasImmediateKeys(db, named(name))),
    writeApplied: appliedWriter(db, entry.marker),
  };
}

/** The library's own foreign keys wait for the commit; those of adopted tables may not. */
function hasImmediateKeys(db: Connection, name: string): boolean {
  const keys = db
    .prepare<[string], number>('SELECT count(DISTINCT id) FROM pragma_foreign_key_list(?)')
    .pluck()
    .get(name);
  const sql = db
    .prepare<[string], string>(
      "SELECT sql FROM sqlite_schema WHERE type = 'table' AND name = ? COLLATE NOCASE",
    )
    .pluck()
    .get(name);
  return keys !== (sql?.match(/\bDEFERRABLE INITIALLY DEFERRED\b/gi)?.length ?? 0);
}
