import { setTimeout as delay } from 'node:timers/promises';
import { StagedReprocessError } from '../../errors.ts';
import { deleteApplied } from './applied-text.ts';
import { type CatalogEntry, deleteEntry, readCatalog, writeEntry } from './catalog.ts';
import { generationName, generationPrefix, quote } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';
import { type WriteConnection, inTransaction } from './write-connection.ts';

const TRANSACTION_MS = 4;
const ROWS_AT_ONCE = 64;

/**
 * Deletes a generation. Its rows go first, in short transactions with pauses as long: dropping a large table at once
 * would stop the event loop, and the other writers of the file, until every page of it was given back.
 */
export async function discardGeneration(
  writer: WriteConnection,
  store: string,
  generation: number,
): Promise<void> {
  const entry = await writer.transaction((db) => {
    const { entries } = readCatalog(db, store);
    const found = entries.find((one) => one.marker.generation === generation);
    if (found?.live === true) {
      throw new StagedReprocessError(
        'REPROCESS_STORE_FAILED',
        `Generation ${String(generation)} of store \`${store}\` is live and is not deleted`,
        { details: { store, step: 'discard', generation } },
      );
    }
    if (found === undefined) return undefined;
    // From here on nobody takes it for a whole one, whenever the process dies.
    const discarding: CatalogEntry = { ...found, state: 'discarding' };
    writeEntry(db, discarding);
    const prefix = generationPrefix(store, generation);
    const triggers = db
      .prepare<[], { name: string; tbl_name: string }>(
        "SELECT name, tbl_name FROM sqlite_schema WHERE type = 'trigger'",
      )
      .all();
    // They would fire for every row that is deleted.
    for (const { name, tbl_name: on } of triggers)
      if (on.startsWith(prefix)) db.exec(`DROP TRIGGER ${quote(name)}`);
    return discarding;
  });
  if (entry === undefined) return;
  const fast = await writer.fast();
  try {
    for (const { name } of entry.set.tables)
      await deleteRows(writer, fast, generationName(store, generation, name));
  } finally {
    fast.close();
  }
  await writer.transaction((db) => {
    // Referring tables first or last makes no difference: foreign keys are off on this connection.
    for (const { name } of entry.set.tables) {
      db.exec(`DROP TABLE IF EXISTS ${quote(generationName(store, generation, name))}`);
    }
    deleteApplied(db, store, generation);
    deleteEntry(db, store, generation);
  });
  const db = await writer.connect();
  // Gives the log's space back if no reader stands in the way; else a later checkpoint does.
  db.pragma('wal_checkpoint(TRUNCATE)');
}

async function deleteRows(writer: WriteConnection, db: Connection, table: string): Promise<void> {
  if (db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(table) === undefined) return;
  const some = db.prepare(`DELETE FROM ${quote(table)} LIMIT ${String(ROWS_AT_ONCE)}`);
  for (let left = true; left;) {
    const start = performance.now();
    left = await writer.whenNotBusy(() =>
      inTransaction(db, () => {
        const end = performance.now() + TRANSACTION_MS;
        do {
          if (some.run().changes === 0) return false;
        } while (performance.now() < end);
        return true;
      }),
    );
    await delay(Math.ceil(performance.now() - start));
  }
}
