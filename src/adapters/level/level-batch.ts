import type { StoreBatch } from '../../store/store-batch.ts';
import { type Table, tableNamed } from '../../store/table.ts';
import { bytesOf, type LevelDatabase } from './level-database.ts';
import { APPLIED_KEY } from './level-reserved.ts';

/** Writes the batches of one store: what is before the keys of a table is the same in all its databases. */
export class LevelBatches {
  readonly #tables: ReadonlyMap<string, Table>;
  readonly #prefixes = new Map<string, Buffer>();

  constructor(tables: ReadonlyMap<string, Table>) {
    this.#tables = tables;
  }

  /** One synced write: durable when it resolves. */
  async write(db: LevelDatabase, { writes, applied }: StoreBatch): Promise<void> {
    const batch = db.batch();
    try {
      for (const { table, rows } of writes) {
        const prefix = this.#prefix(db, table);
        for (const { key, value } of rows) {
          const whole = Buffer.concat([prefix, key]);
          if (value === undefined) batch.del(whole);
          else batch.put(whole, value);
        }
      }
      batch.put(APPLIED_KEY, Buffer.from(applied));
      // The sync is an option of LevelDB, which the contract of chained batches does not name.
      const options: object = { sync: true };
      await batch.write(options);
    } finally {
      await batch.close();
    }
  }

  #prefix(db: LevelDatabase, table: string): Buffer {
    const { name } = tableNamed(this.#tables, table);
    const known = this.#prefixes.get(name) ?? Buffer.from(bytesOf(db, name).prefix);
    this.#prefixes.set(name, known);
    return known;
  }
}
