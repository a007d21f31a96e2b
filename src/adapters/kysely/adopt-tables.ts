import { StagedReprocessError } from '../../errors.ts';
import { readCatalog, writeEntry } from './catalog.ts';
import { foreignError } from './foreign-error.ts';
import { viewSql } from './generation-sql.ts';
import { quote } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';
import { columnFault } from './stored-columns.ts';
import type { TableSet } from './table-set.ts';

/** Takes the host's own tables over as a live generation, as they lie; runs inside a transaction of the caller. */
export function adoptTables(
  db: Connection,
  set: TableSet,
  marker: {
    readonly store: string;
    readonly homeId: string;
    readonly generation: number;
    readonly revision: number;
  },
): void {
  const { store, generation } = marker;
  const known = readCatalog(db, store).entries;
  const done = known.find((entry) => entry.marker.generation === generation && entry.live);
  if (done !== undefined) {
    // An adoption that was begun anew has another revision.
    writeEntry(db, { ...done, marker: { ...done.marker, revision: marker.revision } });
    return;
  }
  if (known.length > 0) {
    throw foreignError(
      store,
      known.map((entry) => `generation ${String(entry.marker.generation)} of this store`),
    );
  }
  for (const table of set.tables) {
    const fault = columnFault(db, table, table.name);
    if (fault === undefined) continue;
    throw new StagedReprocessError(
      'REPROCESS_STORE_CORRUPT',
      `Store \`${store}\` cannot adopt its tables: ${fault}`,
      {
        details: { store, table: table.name },
      },
    );
  }
  for (const view of set.views) {
    db.exec(`DROP VIEW IF EXISTS ${quote(view.name)}`);
    db.prepare(viewSql(view)).run();
  }
  writeEntry(db, { marker: { format: 1, ...marker }, state: 'ready', live: true, bytes: 0, set });
}
