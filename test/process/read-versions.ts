import type { Kysely } from 'kysely';
import type { Lease, StagedReprocessor } from '../../src/index.ts';
import type { ReadonlyTable } from '../../src/adapters/level/index.ts';
import { ROWS } from './world.ts';

interface Totals {
  day: { day: string; version: number };
}

interface Words {
  table(name: 'words'): ReadonlyTable<string, number>;
}

/** The version that every row of a store tells; throws when the store is not whole. */
async function versionOf(lease: Lease, store: string, rows: number): Promise<number> {
  const versions =
    store === 'totals'
      ? (await (lease.store(store) as Kysely<Totals>).selectFrom('day').select('version').execute()).map(
          ({ version }) => version,
        )
      : await (lease.store(store) as Words).table('words').values().all();
  const [version] = versions;
  if (version === undefined || versions.length !== rows || new Set(versions).size !== 1) {
    throw new Error(`Store ${store} is torn: ${versions.length} rows of ${[...new Set(versions)].join()}`);
  }
  return version;
}

/** What each store tells, all in one lease. */
export async function versionsOf(
  reprocessor: StagedReprocessor,
  stores: readonly string[],
  rows = ROWS,
): Promise<Readonly<Record<string, number>>> {
  return reprocessor.read(async (lease) => {
    const told: Record<string, number> = {};
    for (const store of stores) told[store] = await versionOf(lease, store, rows);
    return told;
  });
}
