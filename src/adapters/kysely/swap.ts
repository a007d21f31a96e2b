import { StagedReprocessError } from '../../errors.ts';
import type { StoreSwitch } from '../../store/store.ts';
import { type CatalogEntry, readCatalog, requireEntry, writeEntry } from './catalog.ts';
import { viewSql } from './generation-sql.ts';
import { generationName, quote } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';

/** Makes `change.to` live; runs inside a transaction of the caller. Done already: only the revision is written. */
export function commitSwap(db: Connection, store: string, change: StoreSwitch): void {
  const to = requireEntry(db, store, change.to);
  if (to.state !== 'ready') throw unfit(store, change.to, `is ${to.state}`);
  const live = liveEntry(db, store);
  if (live !== undefined && live.marker.generation !== change.to && live.marker.generation !== change.from) {
    throw unfit(store, live.marker.generation, 'is live, which the switch does not know');
  }
  if (live?.marker.generation !== change.to) moveLive(db, live, to);
  writeEntry(db, { ...to, live: true, marker: { ...to.marker, revision: change.revision } });
}

/** Takes `commitSwap` back, whether or not it was done; runs inside a transaction of the caller. */
export function undoSwap(db: Connection, store: string, change: StoreSwitch): void {
  const { entries } = readCatalog(db, store);
  const find = (generation: number | undefined): CatalogEntry | undefined =>
    entries.find((entry) => entry.marker.generation === generation);
  const to = find(change.to);
  const from = change.from === undefined ? undefined : requireEntry(db, store, change.from);
  if (to?.live === true && change.from !== change.to) {
    moveLive(db, to, from);
  } else if (from?.live === false) {
    throw unfit(store, from.marker.generation, 'is not live, and neither is the other side of the switch');
  }
  if (to !== undefined) {
    const live = change.from === change.to;
    writeEntry(db, { ...to, live, marker: { ...to.marker, revision: change.toRevision } });
  }
  if (from !== undefined) {
    writeEntry(db, { ...from, live: true, marker: { ...from.marker, revision: change.fromRevision } });
  }
}

/** The generation that bears the live names. */
export function liveEntry(db: Connection, store: string): CatalogEntry | undefined {
  return readCatalog(db, store).entries.find((entry) => entry.live);
}

function moveLive(db: Connection, from: CatalogEntry | undefined, to: CatalogEntry | undefined): void {
  // Views first: SQLite would let them follow the tables that are renamed away. Triggers and foreign keys do follow,
  // which is right, since they stay inside their own generation.
  if (from !== undefined) {
    for (const view of from.set.views) db.exec(`DROP VIEW ${quote(view.name)}`);
    renameAll(db, from, 'retained');
    writeEntry(db, { ...from, live: false });
  }
  if (to !== undefined) {
    renameAll(db, to, 'live');
    for (const view of to.set.views) db.prepare(viewSql(view)).run();
  }
}

function renameAll(db: Connection, entry: CatalogEntry, towards: 'live' | 'retained'): void {
  const { store, generation } = entry.marker;
  for (const { name } of entry.set.tables) {
    const own = generationName(store, generation, name);
    const [before, after] = towards === 'live' ? [own, name] : [name, own];
    db.exec(`ALTER TABLE ${quote(before)} RENAME TO ${quote(after)}`);
    renameStatistics(db, before, after);
  }
}

/** SQLite leaves what ANALYZE found under the old name: the planner would not see it, and it would outlive the table. */
function renameStatistics(db: Connection, before: string, after: string): void {
  for (const statistics of ['sqlite_stat1', 'sqlite_stat4']) {
    const known = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(statistics);
    if (known === undefined) continue;
    // The key of a table without rowid bears the table's own name.
    db.prepare(
      `UPDATE ${statistics} SET tbl = :after, idx = CASE WHEN idx = :before THEN :after ELSE idx END WHERE tbl = :before`,
    ).run({ before, after });
  }
}

function unfit(store: string, generation: number, reason: string): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_STORE_CORRUPT',
    `Generation ${String(generation)} of store \`${store}\` ${reason}`,
    { details: { store, generation } },
  );
}
