import { crc32 } from 'node:zlib';
import { StagedReprocessError } from '../../errors.ts';
import type { StoreMarker } from '../../store/store.ts';
import { APPLIED_TABLE } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';

interface AppliedRow {
  readonly applied: string;
  readonly checksum: number;
}

/** A table beside the catalog: it changes with every batch, the markers only with a switch. */
export function createApplied(db: Connection): void {
  db.exec(`CREATE TABLE IF NOT EXISTS ${APPLIED_TABLE} (
    store TEXT NOT NULL, generation INTEGER NOT NULL, applied TEXT NOT NULL, checksum INTEGER NOT NULL,
    PRIMARY KEY (store, generation)
  ) WITHOUT ROWID`);
}

/** The `applied` of a generation's last batch; `REPROCESS_STORE_CORRUPT` when it is damaged. */
export function readApplied(db: Connection, marker: StoreMarker): string | undefined {
  // A file that was not opened for writing since the library knows of applied batches.
  const known = db.prepare('SELECT 1 FROM main.sqlite_schema WHERE name = ?').get(APPLIED_TABLE);
  if (known === undefined) return undefined;
  const { store, generation } = marker;
  const row = db
    .prepare<[string, bigint], AppliedRow>(
      `SELECT applied, checksum FROM main.${APPLIED_TABLE} WHERE store = ? AND generation = ?`,
    )
    .get(store, BigInt(generation));
  if (row === undefined || row.checksum === checksumOf(marker, row.applied)) return row?.applied;
  throw new StagedReprocessError(
    'REPROCESS_STORE_CORRUPT',
    `What generation ${String(generation)} of store \`${store}\` says it has applied is damaged`,
    { details: { store, generation } },
  );
}

/** Returns what replaces a generation's applied text; runs inside a transaction of the caller. */
export function appliedWriter(db: Connection, marker: StoreMarker): (applied: string) => void {
  const statement = db.prepare(`INSERT OR REPLACE INTO main.${APPLIED_TABLE} VALUES (?, ?, ?, ?)`);
  return (applied) => {
    const checksum = BigInt(checksumOf(marker, applied));
    statement.run(marker.store, BigInt(marker.generation), applied, checksum);
  };
}

export function deleteApplied(db: Connection, store: string, generation: number): void {
  db.prepare(`DELETE FROM main.${APPLIED_TABLE} WHERE store = ? AND generation = ?`).run(
    store,
    BigInt(generation),
  );
}

/** A flipped digit would apply a change twice, or leave one out. The revision is left out: switches change it. */
function checksumOf(marker: StoreMarker, applied: string): number {
  return crc32(JSON.stringify([marker.store, marker.generation, marker.homeId, applied]));
}
