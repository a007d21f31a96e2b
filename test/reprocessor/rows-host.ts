import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import { levelStore } from '../../src/adapters/level/index.ts';
import { memoryStore, type TableReader, type TableRows } from '../../src/adapters/memory/index.ts';
import {
  isReprocessError,
  memorySource,
  StagedReprocessor,
  type Lease,
  type MemorySource,
  type OpenOptions,
  type ReconOmTask,
  type ReprocessReport,
  type StagedReprocessError,
  type StoreAdapter,
} from '../../src/index.ts';
import { simulatedClock, type SimulatedClock } from '../../src/testing/index.ts';

const tables = {
  rows: { keyEncoding: 'utf8', valueEncoding: 'utf8' },
  extra: { keyEncoding: 'utf8', valueEncoding: 'utf8' },
} as const;

/** Both kinds of key-value store have these types. */
export type RowsAdapter = StoreAdapter<TableReader<typeof tables>, TableRows<typeof tables>>;
export type RowsTask = ReconOmTask<RowsAdapter>;

export const memoryRows = (): RowsAdapter => memoryStore({ tables });
export const levelRows = (): RowsAdapter => levelStore({ tables });

export type RowsStores = Readonly<Record<string, RowsAdapter>>;
export type RowsReprocessor = StagedReprocessor<RowsStores>;
export type RowsLease = Lease<RowsStores>;
export type HostOptions = Partial<OpenOptions<RowsStores>>;

const cleanups: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

export function afterTest(cleanup: () => Promise<void> | void): void {
  cleanups.push(cleanup);
}

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sr-'));
  afterTest(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** A source with `count` rows in table `orders`, whose values all tell `version`. */
export function ordersSource(count = 10, version = 'v1', sequence = 1n): MemorySource {
  const source = memorySource({ sequence, tables: { orders: [] } });
  fill(source, count, version);
  return source;
}

/** Gives every row of `orders` the value `version`. */
export function fill(source: MemorySource, count: number, version: string): void {
  for (let index = 0; index < count; index++) source.set('orders', keyOf(index), version);
}

export function keyOf(index: number): string {
  return `o${String(index).padStart(6, '0')}`;
}

/** Copies `orders` into `rows` of a store. */
export function copyTask(taskName = 'Copy', store = 'main', changes: Partial<RowsTask> = {}): RowsTask {
  return {
    taskName,
    version: 1,
    store,
    sourceTables: ['orders'],
    async reprocess(snapshot, context) {
      const sink = context.sink('rows');
      await snapshot.scan('orders', {
        rows(batch) {
          for (let index = 0; index < batch.length; index++) {
            void sink.put(text(batch.key(index)), text(batch.value(index)));
          }
        },
      });
      return undefined;
    },
    ...changes,
  };
}

/** A task that does what it is told, beside or instead of copying. */
export function taskDoing(
  reprocess: RowsTask['reprocess'],
  taskName = 'Doing',
  store = 'main',
  changes: Partial<RowsTask> = {},
): RowsTask {
  return copyTask(taskName, store, { reprocess, ...changes });
}

export function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

/** Opens a reprocessor; one store in memory and the copying task unless told otherwise. Closed after the test. */
export async function openHost(options: HostOptions = {}): Promise<RowsReprocessor> {
  const stores = options.stores ?? { main: memoryRows() };
  const tasks = options.tasks ?? Object.keys(stores).map((store) => copyTask(`Copy-${store}`, store));
  const reprocessor = await StagedReprocessor.open<RowsStores>({ ...options, stores, tasks });
  afterTest(() => reprocessor.close());
  return reprocessor;
}

/** A host with a clock that only the test moves. */
export async function openWithClock(
  options: HostOptions = {},
): Promise<{ readonly reprocessor: RowsReprocessor; readonly clock: SimulatedClock }> {
  const clock = simulatedClock(1_000_000);
  return { reprocessor: await openHost({ ...options, clock }), clock };
}

/** All rows of a table, as `key=value`. */
export async function rowsOf(reprocessor: RowsReprocessor, store = 'main'): Promise<readonly string[]> {
  return reprocessor.read((lease) => rowsIn(lease, store));
}

export async function rowsIn(lease: RowsLease, store = 'main'): Promise<readonly string[]> {
  const all = await lease.store(store).table('rows').iterator().all();
  return all.map(([key, value]) => `${key}=${value}`);
}

/** The rows that `copyTask` makes of `ordersSource`. */
export function copied(count = 10, version = 'v1'): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${keyOf(index)}=${version}`);
}

/** What a promise rejects with; fails when it does not, or with something that is no error of the library. */
export async function failureOf(promise: Promise<unknown>): Promise<StagedReprocessError> {
  const error: unknown = await promise.then(
    (value: unknown) => new Error(`It did not reject but gave ${typeof value}`),
    (reason: unknown) => reason,
  );
  if (isReprocessError(error)) return error;
  throw error;
}

/** What a promise rejects with; `undefined` when it does not. */
export async function reasonOf(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
}

/** The error of the library that this is; throws anything else. */
export function asFailure(error: unknown): StagedReprocessError {
  if (isReprocessError(error)) return error;
  throw error;
}

/** The report that a failed run's error carries. */
export function reportOf(error: StagedReprocessError): ReprocessReport {
  const { report } = error.details;
  // The contract of `reprocess()`; what is missing shows in what a test expects of it.
  return report as ReprocessReport;
}

/** A promise with its ends in hand, for tasks and visitors that wait until the test lets them go. */
export interface Gate {
  readonly opened: Promise<void>;
  open(): void;
}

export function gate(): Gate {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    opened: promise,
    open: () => {
      resolve(undefined);
    },
  };
}

export function entriesOf(directory: string): readonly string[] {
  return readdirSync(directory).sort();
}
