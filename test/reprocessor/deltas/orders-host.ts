import { expect } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import {
  StagedReprocessor,
  type Alert,
  type Lease,
  type OpenOptions,
  type ReconOmTask,
  type Source,
  type StoreAdapter,
  type Stores,
} from '../../../src/index.ts';
import type { Delta } from '../../../src/source/delta.ts';
import { simulatedClock, type SimulatedClock } from '../../../src/testing/index.ts';
import { afterTest, levelRows, memoryRows, temporaryFolder, type RowsStores } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { ordersTask, type Hooks, type RowShape } from './orders-task.ts';
import type { OrdersWorld } from './orders-world.ts';

export const KINDS = ['memory', 'level', 'sqlite'] as const;
export type Kind = (typeof KINDS)[number];

interface RowsTables {
  rows: { key: string; value: string };
  extra: { key: string; value: string };
}

const SQLITE_TABLE = { columns: { key: 'text', value: 'text' }, primaryKey: ['key'] } as const;
const sqliteRows = () => sqliteStore<RowsTables>({ tables: { rows: SQLITE_TABLE, extra: SQLITE_TABLE } });

const KEY_VALUE: RowShape = {
  put: (key, value) => [key, value],
  key: (key) => key,
  value: (got) => (typeof got === 'string' ? got : undefined),
};

const SQL: RowShape = {
  put: (key, value) => [{ key, value }],
  key: (key) => ({ key }),
  value: (got) => (typeof got === 'object' && got !== null && 'value' in got ? String(got.value) : undefined),
};

export const shapeOf = (kind: Kind): RowShape => (kind === 'sqlite' ? SQL : KEY_VALUE);

const ADAPTERS: Readonly<Record<Kind, () => StoreAdapter>> = {
  memory: memoryRows,
  level: levelRows,
  sqlite: sqliteRows,
};

export const adapterOf = (kind: Kind): StoreAdapter => ADAPTERS[kind]();

export interface OrdersOptions extends Partial<Omit<OpenOptions<Stores>, 'stores' | 'tasks' | 'source'>> {
  /** `undefined` for a host without one, where a source would be given otherwise. */
  readonly source?: Source | undefined;
  readonly kind?: Kind;
  /** Instead of one store `main` of `kind`. */
  readonly stores?: Stores;
  /** Instead of one task a store. */
  readonly tasks?: readonly (ReconOmTask & { readonly store: string })[];
  readonly hooks?: Hooks;
}

export interface OrdersHost {
  readonly host: StagedReprocessor;
  readonly alerts: Alert[];
  readonly clock: SimulatedClock;
  readonly hooks: Hooks;
  /** Closes the host and opens its directory again, with other options perhaps. */
  reopen(changes?: OrdersOptions): Promise<OrdersHost>;
}

/** Opens a host with a clock that only the test moves. What the test does not close is closed behind it. */
export async function openOrders(options: OrdersOptions = {}): Promise<OrdersHost> {
  const { kind = 'memory', hooks = {}, source, ...open } = options;
  const stores = options.stores ?? { main: adapterOf(kind) };
  const clock = simulatedClock(1_000_000);
  const home = kind === 'memory' && options.stores === undefined ? {} : { dataDir: temporaryFolder() };
  const full = { ...home, ...options, stores };
  const tasks =
    options.tasks ??
    Object.keys(stores).map((store) => ordersTask(`Orders-${store}`, store, shapeOf(kind), hooks));
  const host: StagedReprocessor = await StagedReprocessor.open<Stores>({
    clock,
    ...home,
    ...open,
    ...(source === undefined ? {} : { source }),
    stores,
    tasks,
  });
  afterTest(() => host.close());
  const alerts: Alert[] = [];
  host.on('alert', (alert) => alerts.push(alert));
  return {
    host,
    alerts,
    clock,
    hooks,
    reopen: async (changes = {}) => {
      await host.close();
      return openOrders({ ...full, kind, ...changes });
    },
  };
}

/** A host whose world is live already. */
export async function openLive(world: OrdersWorld, options: OrdersOptions = {}): Promise<OrdersHost> {
  const opened = await openOrders({ source: world.source, ...options });
  await opened.host.reprocess({ source: options.source ?? world.source });
  return opened;
}

/** What a store serves, in the form of `OrdersWorld.rows()`. */
export async function ordersIn(
  lease: Lease,
  kind: Kind = 'memory',
  store = 'main',
): Promise<readonly string[]> {
  const [rows, extra] = kind === 'sqlite' ? await sqliteIn(lease, store) : await tablesIn(lease, store);
  return [...rows.sort(), ...extra.map((row) => `#${row}`).sort()];
}

async function tablesIn(lease: Lease, store: string): Promise<readonly [string[], string[]]> {
  // The reader of this kind of store, of which an untyped host knows no type.
  const typed = lease as unknown as Lease<RowsStores>;
  const read = async (table: 'rows' | 'extra') => {
    const all = await typed.store(store).table(table).iterator().all();
    return all.map(([key, value]) => `${key}=${value}`);
  };
  return [await read('rows'), await read('extra')];
}

async function sqliteIn(lease: Lease, store: string): Promise<readonly [string[], string[]]> {
  const typed = lease as unknown as Lease<Readonly<Record<string, ReturnType<typeof sqliteRows>>>>;
  const read = async (table: 'rows' | 'extra') => {
    const all = await typed.store(store).selectFrom(table).selectAll().execute();
    return all.map(({ key, value }) => `${key}=${value}`);
  };
  return [await read('rows'), await read('extra')];
}

/** Waits until everything of the world is in the data, and checks that it is there exactly once. */
export async function expectWhole(
  { host }: Pick<OrdersHost, 'host'>,
  world: OrdersWorld,
  kind: Kind = 'memory',
): Promise<void> {
  const stores = host.status().stores.map(({ store }) => store);
  await host.read(
    async (lease) => {
      for (const store of stores) {
        expect([store, await ordersIn(lease, kind, store)]).toEqual([store, world.rows()]);
      }
    },
    { atLeast: world.sequence },
  );
}

/** Sends what the host lacks, a change at a time or in pieces of `size`, from its own position on. */
export async function sendRest(
  { host }: Pick<OrdersHost, 'host'>,
  world: OrdersWorld,
  size = 1n,
): Promise<void> {
  for (let { sequence } = host.position() ?? { sequence: 0n }; sequence < world.sequence; sequence += size) {
    const through = sequence + size < world.sequence ? sequence + size : world.sequence;
    await host.consume(world.delta(sequence, through));
  }
}

export const codesOf = (alerts: readonly Alert[]): readonly string[] => alerts.map(({ code }) => code);

/** A delta without events; for shapes and sequences alone. */
export const emptyDelta = (after: bigint, through: bigint): Delta => ({ after, through, events: [] });

/** Resolves when no run is going on and none is waited for. */
export async function idle({ host }: Pick<OrdersHost, 'host'>): Promise<void> {
  await until(() => {
    const { run, state } = host.status();
    return run === undefined && (state === 'NONE' || state === 'FAILED');
  });
}
