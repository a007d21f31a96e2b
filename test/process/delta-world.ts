import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import { json, levelStore, sumInt64 } from '../../src/adapters/level/index.ts';
import { memorySource, type OpenOptions, type Source, type Stores } from '../../src/index.ts';
import { journalKey, type DeltaHistory } from './delta-history.ts';
import type { Sum } from './delta-rows.ts';
import { deltaTasks } from './delta-tasks.ts';

/** The stores of a host that follows its source. */
export type DeltaWorld = 'level' | 'sqlite' | 'level+sqlite';
export const DELTA_WORLDS: readonly DeltaWorld[] = ['level', 'sqlite', 'level+sqlite'];

export interface Totals {
  category: { category: string; orders: number; cents: bigint };
  change: { id: string; changes: number };
  journal: { sequence: bigint; times: number };
}

export const words = levelStore({
  tables: {
    sums: { keyEncoding: 'utf8', valueEncoding: json<Sum>() },
    merged: { keyEncoding: 'utf8', valueEncoding: 'view', merge: sumInt64 },
    changes: { keyEncoding: 'utf8', valueEncoding: json<number>() },
    journal: { keyEncoding: 'utf8', valueEncoding: json<number>() },
  },
});
export const totals = sqliteStore<Totals>({
  tables: {
    category: {
      columns: { category: 'text', orders: 'integer', cents: 'bigint' },
      primaryKey: ['category'],
      indexes: [{ name: 'by cents', columns: ['cents'] }],
    },
    change: { columns: { id: 'text', changes: 'integer' }, primaryKey: ['id'] },
    journal: { columns: { sequence: 'bigint', times: 'integer' }, primaryKey: ['sequence'] },
  },
});

export function deltaStores(world: DeltaWorld): Stores {
  switch (world) {
    case 'level':
      return { words };
    case 'sqlite':
      return { totals };
    case 'level+sqlite':
      return { words, totals };
  }
}

/** The source as it is, or was, at a sequence. */
export function deltaSource(history: DeltaHistory, sequenceNow: () => bigint): Source {
  return {
    openSnapshot() {
      const sequence = sequenceNow();
      const { orders, journal } = history.stateAt(sequence);
      const rows = {
        orders: [...orders].map(([key, order]): [string, string] => [key, JSON.stringify(order)]),
        journal: [...journal].map((one): [string, string] => [journalKey(one), one.toString()]),
      };
      const snapshot = memorySource({ sequence, tables: rows }).openSnapshot();
      return {
        sequence,
        cursor: cursorAt(sequence),
        tables: snapshot.tables,
        estimateRows: (table) => snapshot.estimateRows(table),
        scan: (table, visitor, options) => snapshot.scan(table, visitor, options),
        get: (table, key) => snapshot.get(table, key),
        close: () => snapshot.close(),
      };
    },
  };
}

export function cursorAt(sequence: bigint): { readonly offset: string } {
  return { offset: `offset ${String(sequence)}` };
}

function tasksOf(world: DeltaWorld) {
  return deltaTasks.filter(({ store }) => Object.hasOwn(deltaStores(world), store));
}

export function deltaTaskNames(world: DeltaWorld): readonly string[] {
  return tasksOf(world).map(({ taskName }) => taskName);
}

export function deltaOptions(dataDir: string, world: DeltaWorld): OpenOptions<Stores> {
  const stores = deltaStores(world);
  return {
    dataDir,
    stores,
    tasks: tasksOf(world),
    retry: { maxRetries: 0 },
    maxShrink: 1,
    seed: 1,
    diskReserveBytes: 0,
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  };
}

function silent(): void {}
