import { sqliteStore, type SqliteAdapter } from '../../src/adapters/kysely/index.ts';
import { levelStore } from '../../src/adapters/level/index.ts';
import type { StoreAdapter } from '../../src/store/store.ts';
import type { TableReader, TableRows } from '../../src/store/table.ts';
import { containerTables, namespaceTables, statsTables, type StatsTables } from '../../src/recon/index.ts';

type LevelAdapter<Tables extends typeof namespaceTables | typeof containerTables> = StoreAdapter<
  TableReader<Tables>,
  TableRows<Tables>
>;

/** The stores by the names that the tasks expect. */
export type ReconStores = Readonly<{
  namespace: LevelAdapter<typeof namespaceTables>;
  containers: LevelAdapter<typeof containerTables>;
  stats: SqliteAdapter<StatsTables>;
}>;

/**
 * The three stores that Recon's six tasks write to, under the names that the tasks expect.
 */
export function reconStores(): ReconStores {
  return {
    namespace: levelStore({ tables: namespaceTables }),
    containers: levelStore({ tables: containerTables }),
    stats: sqliteStore<StatsTables>({ tables: statsTables }),
  };
}
