import { crc32 } from 'node:zlib';
import { StagedReprocessError } from '../../errors.ts';
import type { StoreMarker } from '../../store/store.ts';
import { checkTableSet } from './check-table-set.ts';
import { asRecord } from './expect-option.ts';
import { CATALOG_TABLE } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';
import { recordedSet } from './recorded-set.ts';
import type { TableSet } from './table-set.ts';

/** `discarding` generations are partly deleted: nobody may read them again. */
export type GenerationState = 'staged' | 'ready' | 'discarding';

/** One generation of one store, as its marker row says. */
export interface CatalogEntry {
  readonly marker: StoreMarker;
  readonly state: GenerationState;
  /** Whether its tables bear the live names. */
  readonly live: boolean;
  /** Bytes of the rows written; 0 when unknown. */
  readonly bytes: number;
  readonly set: TableSet;
}

/** A marker row that cannot be trusted. */
export interface DamagedEntry {
  readonly generation: number;
  readonly live: boolean;
}

export interface Catalog {
  readonly entries: readonly CatalogEntry[];
  readonly damaged: readonly DamagedEntry[];
}

interface CatalogRow {
  readonly generation: number;
  readonly format: number;
  readonly home_id: string;
  readonly state: string;
  readonly live: number;
  readonly revision: number;
  readonly bytes: number;
  readonly definition: string;
  readonly checksum: number;
}

const COLUMNS = 'generation, format, home_id, state, live, revision, bytes, definition, checksum';

export function createCatalog(db: Connection): void {
  db.exec(`CREATE TABLE IF NOT EXISTS ${CATALOG_TABLE} (
    store TEXT NOT NULL, generation INTEGER NOT NULL, format INTEGER NOT NULL, home_id TEXT NOT NULL,
    state TEXT NOT NULL, live INTEGER NOT NULL, revision INTEGER NOT NULL, bytes INTEGER NOT NULL,
    definition TEXT NOT NULL, checksum INTEGER NOT NULL, PRIMARY KEY (store, generation)
  ) WITHOUT ROWID`);
}

/** All generations of one store, ascending. A file without a catalog has none. */
export function readCatalog(db: Connection, store: string): Catalog {
  const known = db.prepare('SELECT 1 FROM sqlite_schema WHERE name = ?').get(CATALOG_TABLE);
  if (known === undefined) return { entries: [], damaged: [] };
  const statement = db.prepare<[string], CatalogRow>(
    `SELECT ${COLUMNS} FROM ${CATALOG_TABLE} WHERE store = ? ORDER BY generation`,
  );
  const entries: CatalogEntry[] = [];
  const damaged: DamagedEntry[] = [];
  for (const row of statement.all(store)) {
    const entry = readEntry(store, row);
    if (entry === undefined) damaged.push({ generation: row.generation, live: row.live === 1 });
    else entries.push(entry);
  }
  return { entries, damaged };
}

/** One generation's entry; `REPROCESS_STORE_CORRUPT` when it is not there or damaged. */
export function requireEntry(db: Connection, store: string, generation: number): CatalogEntry {
  const entry = readCatalog(db, store).entries.find((one) => one.marker.generation === generation);
  if (entry !== undefined) return entry;
  throw new StagedReprocessError(
    'REPROCESS_STORE_CORRUPT',
    `Store \`${store}\` has no generation ${String(generation)}, or its marker is damaged`,
    { details: { store, generation } },
  );
}

/** Returns what tells whether an entry is still as it is now: cheaper than reading the entry itself. */
export function entryWatch(db: Connection, store: string, generation: number): () => boolean {
  const statement = db
    .prepare<[string, bigint], number>(
      `SELECT checksum FROM ${CATALOG_TABLE} WHERE store = ? AND generation = ?`,
    )
    .pluck();
  const checksum = statement.get(store, BigInt(generation));
  return () => statement.get(store, BigInt(generation)) === checksum;
}

/** Throws `REPROCESS_FOREIGN_DATA` when one of the entries is another data directory's. */
export function checkHome(store: string, homeId: string, entries: readonly CatalogEntry[]): void {
  const other = entries.find((entry) => entry.marker.homeId !== homeId);
  if (other === undefined) return;
  throw new StagedReprocessError(
    'REPROCESS_FOREIGN_DATA',
    `Store \`${store}\` in this file belongs to another data directory (home ${other.marker.homeId})`,
    { details: { store, homeId: other.marker.homeId } },
  );
}

/** The error of reading, or switching to, what a discard has begun to delete. */
export function halfDeleted(store: string, generation: number): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_STORE_CORRUPT',
    `Generation ${String(generation)} of store \`${store}\` is half deleted`,
    { details: { store, generation } },
  );
}

export function writeEntry(db: Connection, entry: CatalogEntry): void {
  const { marker, state, bytes } = entry;
  const live = entry.live ? 1 : 0;
  const definition = recordedSet(entry.set);
  const checksum = checksumOf(marker, state, live, definition);
  db.prepare(
    `INSERT OR REPLACE INTO ${CATALOG_TABLE} (store, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  ).run(
    marker.store,
    BigInt(marker.generation),
    BigInt(marker.format),
    marker.homeId,
    state,
    BigInt(live),
    BigInt(marker.revision),
    BigInt(bytes),
    definition,
    BigInt(checksum),
  );
}

export function deleteEntry(db: Connection, store: string, generation: number): void {
  db.prepare(`DELETE FROM ${CATALOG_TABLE} WHERE store = ? AND generation = ?`).run(
    store,
    BigInt(generation),
  );
}

function readEntry(store: string, row: CatalogRow): CatalogEntry | undefined {
  if (row.format > 1) {
    throw new StagedReprocessError(
      'REPROCESS_FORMAT_NEWER',
      `Store \`${store}\` was written by a newer version of this library (format ${String(row.format)})`,
      { details: { store, format: row.format } },
    );
  }
  const marker: StoreMarker = {
    format: 1,
    homeId: row.home_id,
    store,
    generation: row.generation,
    revision: row.revision,
  };
  const { state } = row;
  if (row.checksum !== checksumOf(marker, state, row.live, row.definition)) return undefined;
  if (state !== 'staged' && state !== 'ready' && state !== 'discarding') return undefined;
  try {
    const declared = asRecord(JSON.parse(row.definition), 'definition');
    const set = checkTableSet(declared['tables'], declared['views']);
    return { marker, state, live: row.live === 1, bytes: row.bytes, set };
  } catch {
    return undefined;
  }
}

/** SQLite has no checksums: a flipped bit in a marker would otherwise make a generation of another number. */
function checksumOf(marker: StoreMarker, state: string, live: number, definition: string): number {
  return crc32(
    JSON.stringify([
      marker.store,
      marker.generation,
      marker.homeId,
      marker.revision,
      state,
      live,
      definition,
    ]),
  );
}
