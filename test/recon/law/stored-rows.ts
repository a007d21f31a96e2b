import type { StagedReprocessor } from '../../../src/index.ts';
import { containerTables, namespaceTables, statsTables } from '../../../src/recon/index.ts';
import type { ReconStores } from '../recon-stores.ts';

/** Table → key → row, private tables too; what differs from rebuild to rebuild left out. */
export type StoredRows = ReadonlyMap<string, ReadonlyMap<string, string>>;

/** All that lies in the live stores of the six tasks: hex of LevelDB, JSON of SQL, in key order. */
export async function storedRows(reprocessor: StagedReprocessor<ReconStores>): Promise<StoredRows> {
  return reprocessor.read(async (lease) => {
    const tables = new Map<string, ReadonlyMap<string, string>>();
    for (const name of namesOf(namespaceTables)) {
      tables.set(name, hexRows(await lease.store('namespace').table(name).iterator().all()));
    }
    for (const name of namesOf(containerTables)) {
      tables.set(name, hexRows(await lease.store('containers').table(name).iterator().all()));
    }
    for (const name of namesOf(statsTables)) {
      const { primaryKey } = statsTables[name];
      const rows: readonly object[] = await lease.store('stats').selectFrom(name).selectAll().execute();
      const sorted = rows
        .map((row) => sqlRow(row, primaryKey))
        .sort(([left], [right]) => (left < right ? -1 : 1));
      tables.set(name, new Map(sorted));
    }
    return tables;
  });
}

function namesOf<T extends object>(tables: T): (keyof T & string)[] {
  return Object.keys(tables).filter((name): name is keyof T & string => name in tables);
}

function hexRows(rows: readonly (readonly [key: Uint8Array, value: Uint8Array])[]): Map<string, string> {
  return new Map(
    rows.map(([key, value]) => [Buffer.from(key).toString('hex'), Buffer.from(value).toString('hex')]),
  );
}

function sqlRow(row: object, primaryKey: readonly string[]): [key: string, row: string] {
  const columns = Object.entries(row).filter(([column]) => column !== 'last_updated_timestamp');
  const text = (wanted: (column: string) => boolean): string =>
    JSON.stringify(
      columns.filter(([column]) => wanted(column)),
      (_, value: unknown) => (typeof value === 'bigint' ? String(value) : value),
    );
  return [text((column) => primaryKey.includes(column)), text(() => true)];
}
