import type { SqliteAdapter } from '../adapters/kysely/index.ts';
import { levelStore } from '../adapters/level/index.ts';
import { errorCode, StagedReprocessError } from '../errors.ts';
import {
  containerTables,
  namespaceTables,
  statsTables,
  type FileCountBySizeRow,
  type GlobalStatsRow,
} from '../recon/index.ts';
import type { StoreAdapter } from '../store/store.ts';
import type { TableReader, TableRows } from '../store/table.ts';

type LevelAdapter<Tables extends typeof namespaceTables | typeof containerTables> = StoreAdapter<
  TableReader<Tables>,
  TableRows<Tables>
>;

/** The SQL tables of the store `stats`, as Kysely reads them. */
export interface StatsTables {
  readonly GLOBAL_STATS: GlobalStatsRow;
  readonly FILE_COUNT_BY_SIZE: FileCountBySizeRow;
}

/** The three stores that Recon's six tasks write to, under the names that the tasks expect. */
export interface ReconStores {
  readonly namespace: LevelAdapter<typeof namespaceTables>;
  readonly containers: LevelAdapter<typeof containerTables>;
  readonly stats: SqliteAdapter<StatsTables>;
}

/**
 * Both packages are looked for before anything is opened or created: a store that lacks one fails late, as any store.
 *
 * @throws StagedReprocessError `REPROCESS_MISSING_PEER`
 */
export async function reconStores(): Promise<ReconStores> {
  const { sqliteStore } = await loadKyselyAdapter();
  const { loadSqlite } = await import('../adapters/kysely/load-sqlite.ts');
  await loadSqlite();
  return {
    namespace: levelStore({ tables: namespaceTables }),
    containers: levelStore({ tables: containerTables }),
    stats: sqliteStore<StatsTables>({ tables: statsTables }),
  };
}

/** Only the commands that open SQL stores need the optional packages. */
async function loadKyselyAdapter() {
  try {
    return await import('../adapters/kysely/index.ts');
  } catch (cause) {
    if (errorCode(cause) !== 'ERR_MODULE_NOT_FOUND') throw cause;
    throw new StagedReprocessError(
      'REPROCESS_MISSING_PEER',
      'This command needs the packages kysely and better-sqlite3: npm install kysely better-sqlite3',
      { details: { peer: 'kysely' }, cause },
    );
  }
}
