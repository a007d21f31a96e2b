import { readdirSync } from 'node:fs';
import { sql } from 'kysely';
import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import {
  StagedReprocessor,
  type Alert,
  type Lease,
  type OpenOptions,
  type ReconOmTask,
  type StoreAdapter,
  type Stores,
} from '../../src/index.ts';
import {
  afterTest,
  copyTask,
  levelRows,
  memoryRows,
  temporaryFolder,
  text,
  type RowsReprocessor,
} from './rows-host.ts';

/** One kind of store with a task that copies `orders` into it, and a way to read that. */
export interface Subject {
  readonly kind: 'memory' | 'level' | 'sqlite';
  readonly adapter: StoreAdapter;
  task(store: string): ReconOmTask;
  read(lease: Lease, store: string): Promise<readonly string[]>;
}

export type AnyReprocessor = StagedReprocessor;

interface RowsTables {
  rows: { key: string; value: string };
}

const sqliteAdapter = () =>
  sqliteStore<RowsTables>({
    tables: { rows: { columns: { key: 'text', value: 'text' }, primaryKey: ['key'] } },
  });

type SqliteRowsAdapter = ReturnType<typeof sqliteAdapter>;

function keyValueSubject(kind: 'memory' | 'level', adapter: StoreAdapter): Subject {
  return {
    kind,
    adapter,
    // The task and the reader of this kind, of which the engine knows no types.
    task: (store) => copyTask(`Copy-${store}`, store),
    async read(lease, store) {
      const typed = lease as unknown as Parameters<Parameters<RowsReprocessor['read']>[0]>[0];
      const all = await typed.store(store).table('rows').iterator().all();
      return all.map(([key, value]) => `${key}=${value}`);
    },
  };
}

function sqliteSubject(): Subject {
  const task = (store: string): ReconOmTask<SqliteRowsAdapter> => ({
    ...(copyTask(`Copy-${store}`, store) as object as ReconOmTask<SqliteRowsAdapter>),
    async reprocess(snapshot, context) {
      const sink = context.sink('rows');
      await snapshot.scan('orders', {
        rows(batch) {
          for (let index = 0; index < batch.length; index++) {
            void sink.put({ key: text(batch.key(index)), value: text(batch.value(index)) });
          }
        },
      });
      return undefined;
    },
  });
  return {
    kind: 'sqlite',
    adapter: sqliteAdapter(),
    task: (store) => task(store),
    async read(lease, store) {
      const typed = lease as unknown as Lease<Readonly<Record<string, SqliteRowsAdapter>>>;
      const all = await typed
        .store(store)
        .selectFrom('rows')
        .select(sql<string>`key || '=' || value`.as('row'))
        .orderBy('key')
        .execute();
      return all.map(({ row }) => row);
    },
  };
}

export const SUBJECTS = {
  memory: () => keyValueSubject('memory', memoryRows()),
  level: () => keyValueSubject('level', levelRows()),
  sqlite: sqliteSubject,
} as const;

export interface OpenedSubject {
  readonly host: AnyReprocessor;
  readonly alerts: Alert[];
}

/** Opens stores, one task each. Without retries, so that nothing runs unasked. */
export async function openSubjects(
  subjects: Readonly<Record<string, Subject>>,
  options: Partial<OpenOptions<Stores>> = {},
): Promise<OpenedSubject> {
  const host: AnyReprocessor = await StagedReprocessor.open<Stores>({
    dataDir: temporaryFolder(),
    retry: { maxRetries: 0 },
    ...options,
    stores:
      options.stores ??
      Object.fromEntries(Object.entries(subjects).map(([name, { adapter }]) => [name, adapter])),
    tasks: Object.entries(subjects).map(([name, subject]) => ({ ...subject.task(name), store: name })),
  });
  afterTest(() => host.close().catch(() => undefined));
  const alerts: Alert[] = [];
  host.on('alert', (alert) => alerts.push(alert));
  return { host, alerts };
}

/** What every store serves; `undefined` before the first switch. */
export async function served(
  host: AnyReprocessor,
  subjects: Readonly<Record<string, Subject>>,
): Promise<Readonly<Record<string, readonly string[]>> | undefined> {
  if (!host.status().ready) return undefined;
  return host.read(async (lease) => {
    const rows = Object.entries(subjects).map(
      async ([name, subject]) => [name, await subject.read(lease, name)] as const,
    );
    return Object.fromEntries(await Promise.all(rows));
  });
}

/** Open file descriptors of this process. */
export function openFiles(): number {
  return readdirSync('/proc/self/fd').length;
}

/** Resolves when `holds` does: what goes on behind the runs has no promise of its own. The test's own time limit ends it. */
export async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

/** Resolves when the discards behind the runs have ended, or have failed. */
export async function settled({ host, alerts }: OpenedSubject): Promise<void> {
  await until(
    () => alerts.length > 0 || host.status().stores.every(({ discarding }) => discarding.length === 0),
  );
}
