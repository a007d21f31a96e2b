import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import type { Lease, ReconOmTask, StoreAdapter } from '../../../src/index.ts';
import { levelRows, text, type RowsStores } from '../rows-host.ts';

/** What a version of the task keeps of an order. */
interface SizesTables {
  rows: { key: string; value: string; size?: number };
}

const V1 = { columns: { key: 'text', value: 'text' }, primaryKey: ['key'] } as const;
const V2 = { columns: { key: 'text', value: 'text', size: 'integer' }, primaryKey: ['key'] } as const;

export const VERSIONED = ['level', 'sqlite'] as const;
export type Versioned = (typeof VERSIONED)[number];

/** The store as the code of a version declares it: version 2 has another column. */
export function versionedStore(kind: Versioned, version: number): StoreAdapter {
  if (kind === 'level') return levelRows();
  if (version === 1) return sqliteStore<{ rows: { key: string; value: string } }>({ tables: { rows: V1 } });
  return sqliteStore<{ rows: { key: string; value: string; size: number } }>({ tables: { rows: V2 } });
}

export type VersionedTask = ReconOmTask & { readonly store: string };

/** Keeps every order in the form of its version. */
export function versionedTask(
  kind: Versioned,
  version: number,
  changes: Partial<VersionedTask> = {},
): VersionedTask {
  const rowOf = (key: string, value: string): readonly unknown[] => {
    if (kind === 'level') return [key, version === 1 ? value : `${value}/${String(value.length)}`];
    return version === 1 ? [{ key, value }] : [{ key, value, size: value.length }];
  };
  return {
    taskName: 'Versioned',
    version,
    store: 'main',
    sourceTables: ['orders'],
    async reprocess(snapshot, context) {
      const sink = context.sink('rows');
      await snapshot.scan('orders', {
        rows(batch) {
          for (let index = 0; index < batch.length; index++) {
            void sink.put(...rowOf(text(batch.key(index)), text(batch.value(index))));
          }
        },
      });
      return undefined;
    },
    async process(delta, context) {
      const table = context.table('rows');
      for (const { key, after } of delta.events) {
        if (after === undefined) table.del(kind === 'level' ? text(key) : { key: text(key) });
        else table.put(...rowOf(text(key), text(after)));
      }
      return Promise.resolve(undefined);
    },
    ...changes,
  };
}

/** The rows of a lease, as `key=value`, with the size behind it where there is one. */
export async function versionedIn(lease: Lease, kind: Versioned): Promise<readonly string[]> {
  if (kind === 'level') {
    // The reader of this kind of store, of which an untyped host knows no type.
    const typed = lease as unknown as Lease<RowsStores>;
    return (await typed.store('main').table('rows').iterator().all()).map(
      ([key, value]) => `${key}=${value}`,
    );
  }
  const typed = lease as unknown as Lease<Readonly<Record<string, SizesStore>>>;
  const all = await typed.store('main').selectFrom('rows').selectAll().orderBy('key').execute();
  return all.map(({ key, value, size }) => `${key}=${value}${size === undefined ? '' : `/${String(size)}`}`);
}

type SizesStore = ReturnType<typeof sqliteStore<SizesTables>>;

/** What `versionedIn` must give for the orders of a world. */
export function versionedRows(orders: readonly string[], version: number): readonly string[] {
  return orders
    .filter((row) => !row.startsWith('#'))
    .map((row) => (version === 1 ? row : `${row}/${String((row.split('=')[1] ?? '').length)}`));
}
