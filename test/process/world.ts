import { join } from 'node:path';
import { json, levelStore } from '../../src/adapters/level/index.ts';
import { sqliteStore } from '../../src/adapters/kysely/index.ts';
import { memoryStore } from '../../src/adapters/memory/index.ts';
import {
  defineTask,
  memorySource,
  StagedReprocessor,
  type MemorySource,
  type OpenOptions,
  type ReconOmTask,
  type Stores,
} from '../../src/index.ts';

/** The stores of one host. Every row of every store tells the version of the source that it was made from. */
export type World = 'level' | 'sqlite' | 'level+sqlite' | 'level+memory';

export const WORLDS: readonly World[] = ['level', 'sqlite', 'level+sqlite', 'level+memory'];
export const ROWS = 20;

interface Totals {
  day: { day: string; version: number };
}

const words = levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: json<number>() } } });
const totals = sqliteStore<Totals>({
  tables: {
    day: {
      columns: { day: 'text', version: 'integer' },
      primaryKey: ['day'],
      indexes: [{ name: 'by version', columns: ['version'] }],
    },
  },
});
const cache = memoryStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: json<number>() } } });

/** What the host reads and what a task does differently, for one opening. */
export interface WorldOptions {
  readonly failingTask?: boolean;
  readonly rows?: number;
}

export function storesOf(world: World): Stores {
  switch (world) {
    case 'level':
      return { words };
    case 'sqlite':
      return { totals };
    case 'level+sqlite':
      return { words, totals };
    case 'level+memory':
      return { words, cache };
  }
}

function wordsTask(store: string, options: WorldOptions): ReconOmTask {
  return defineTask<typeof words, string>({
    taskName: `Fill-${store}`,
    version: 1,
    store,
    sourceTables: ['orders'],
    async reprocess(snapshot, context) {
      const sink = context.sink('words');
      await snapshot.scan('orders', {
        async rows(batch) {
          for (let row = 0; row < batch.length; row++) {
            await sink.put(text(batch.key(row)), Number(text(batch.value(row))));
          }
        },
      });
      if (options.failingTask === true) throw new Error('failed on purpose');
      return undefined;
    },
  });
}

function totalsTask(options: WorldOptions): ReconOmTask {
  return defineTask<typeof totals, string>({
    taskName: 'Totals',
    version: 1,
    store: 'totals',
    sourceTables: ['orders'],
    async reprocess(snapshot, context) {
      const sink = context.sink('day');
      await snapshot.scan('orders', {
        async rows(batch) {
          for (let row = 0; row < batch.length; row++) {
            await sink.put({ day: text(batch.key(row)), version: Number(text(batch.value(row))) });
          }
        },
      });
      if (options.failingTask === true) throw new Error('failed on purpose');
      return undefined;
    },
  });
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString();
}

export function tasksOf(world: World, options: WorldOptions = {}): readonly ReconOmTask[] {
  return Object.keys(storesOf(world)).map((store) =>
    store === 'totals' ? totalsTask(options) : wordsTask(store, options),
  );
}

export function sourceOf(version: number, rows = ROWS): MemorySource {
  const orders = Array.from({ length: rows }, (_, row): [string, string] => [
    `order-${String(row).padStart(6, '0')}`,
    String(version),
  ]);
  return memorySource({ sequence: BigInt(version), tables: { orders } });
}

export function openOptions(dataDir: string, world: World, options: WorldOptions = {}): OpenOptions<Stores> {
  return {
    dataDir,
    stores: storesOf(world),
    tasks: tasksOf(world, options),
    retry: { maxRetries: 0 },
    seed: 1,
    diskReserveBytes: 0,
    // With a logger an alert, such as that of a volatile store without a source, is no process warning.
    logger: { debug: silent, info: silent, warn: silent, error: silent },
  };
}

function silent(): void {}

/** Makes a data directory whose live generation is of version 2, with version 1 retained, and closes it. */
export async function makeHome(dataDir: string, world: World): Promise<void> {
  const reprocessor = await StagedReprocessor.open(openOptions(dataDir, world));
  try {
    await reprocessor.reprocess({ source: sourceOf(1) });
    await reprocessor.reprocess({ source: sourceOf(2) });
  } finally {
    await reprocessor.close();
  }
}

export function scratchOf(dataDir: string): string {
  return join(dataDir, 'scratch');
}
