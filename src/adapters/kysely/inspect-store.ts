import type { FoundGeneration, StoreInspection } from '../../store/store.ts';
import { type CatalogEntry, readCatalog } from './catalog.ts';
import { foreignParts, outsideReferences } from './foreign-references.ts';
import { folded, generationName } from './identifier.ts';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import { columnFault } from './stored-columns.ts';
import type { TableSet } from './table-set.ts';

/** What the file holds of one store; only reads. `adopted` is the generation that the host brought, if it did. */
export function inspectStore(
  sqlite: SqliteModule,
  db: Connection,
  store: string,
  set: TableSet,
  adopted: number | undefined,
): StoreInspection {
  const { entries, damaged } = readCatalog(db, store);
  if (adopted !== undefined && entries.length === 0 && damaged.length === 0) {
    return inspectBrought(sqlite, db, set, adopted);
  }
  const tables = db.prepare<[], string>("SELECT name FROM sqlite_schema WHERE type = 'table'").pluck().all();
  const present = new Set(tables.map(folded));
  const whole = (entry: CatalogEntry): boolean =>
    entry.set.tables.every(({ name }) =>
      present.has(folded(entry.live ? name : generationName(store, entry.marker.generation, name))),
    );
  const generations = [
    ...entries.map((entry): FoundGeneration => ({
      generation: entry.marker.generation,
      state: entry.state === 'ready' ? 'ready' : 'staged',
      marker: whole(entry) ? entry.marker : undefined,
    })),
    ...damaged.map(({ generation }): FoundGeneration => ({ generation, state: 'ready', marker: undefined })),
  ].sort((a, b) => a.generation - b.generation);
  const live = entries.find((entry) => entry.live)?.marker ?? damaged.find((entry) => entry.live);
  return { generations, live: live?.generation, foreign: foreignParts(sqlite, db, store, set) };
}

/** The host's own tables before their adoption has ended: a generation without a marker. */
function inspectBrought(
  sqlite: SqliteModule,
  db: Connection,
  set: TableSet,
  generation: number,
): StoreInspection {
  const faults = set.tables.map((table) => columnFault(db, table, table.name));
  const wrong = faults.filter((fault) => fault !== undefined).map((fault) => `Nothing to adopt: ${fault}`);
  return {
    generations: wrong.length === 0 ? [{ generation, state: 'ready', marker: undefined }] : [],
    live: undefined,
    foreign: [...wrong, ...outsideReferences(sqlite, db, set)],
  };
}
