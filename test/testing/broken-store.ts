import { setImmediate as turn } from 'node:timers/promises';
import type { BulkWriter, GenerationWriter } from '../../src/store/generation-writer.ts';
import type { OpenGeneration } from '../../src/store/open-generation.ts';
import type { StoreBatch } from '../../src/store/store-batch.ts';
import type { StagedStore, StoreAdapter } from '../../src/store/store.ts';
import type { MemoryReader } from './memory-subject.ts';

export type Adapter = StoreAdapter<MemoryReader>;
export type Store = StagedStore<MemoryReader>;
export type Opened = OpenGeneration<MemoryReader>;

/** An adapter that is broken in one way, and a test of the suite that must see it. */
export interface BrokenStore {
  readonly what: string;
  readonly seenBy: string;
  readonly change: (adapter: Adapter) => Adapter;
}

export const whole = (store: Store): Store => ({
  inspect: () => store.inspect(),
  stage: (generation) => store.stage(generation),
  prepare: (generation) => store.prepare(generation),
  apply: (generation, batch) => store.apply(generation, batch),
  commit: (change) => store.commit(change),
  undo: (change) => store.undo(change),
  openGeneration: (generation) => store.openGeneration(generation),
  discard: (generation) => store.discard(generation),
  sizeBytes: (generation) => store.sizeBytes(generation),
  close: () => store.close(),
});

export function inStore(change: (store: Store) => Partial<Store>): (adapter: Adapter) => Adapter {
  return (adapter) => ({
    ...adapter,
    async open(context) {
      const store = await adapter.open(context);
      return { ...whole(store), ...change(store) };
    },
  });
}

export function inWriter(
  change: (bulk: BulkWriter, table: string) => Partial<BulkWriter>,
): (adapter: Adapter) => Adapter {
  return inStore((store) => ({
    async stage(generation): Promise<GenerationWriter> {
      const writer = await store.stage(generation);
      return {
        finish: () => writer.finish(),
        table(name) {
          const bulk = writer.table(name);
          return {
            full: false,
            put: (...row) => {
              bulk.put(...row);
            },
            drain: () => bulk.drain(),
            ...change(bulk, name),
          };
        },
      };
    },
  }));
}

export const wholeOpened = (opened: Opened): Opened => ({
  generation: opened.generation,
  view: (check, options) => opened.view(check, options),
  count: (table) => opened.count(table),
  get: (table, key) => opened.get(table, key),
  getMany: (table, keys) => opened.getMany(table, keys),
  rows: (table, range) => opened.rows(table, range),
  freeze: () => opened.freeze(),
  applied: () => opened.applied(),
  close: () => opened.close(),
});

export function inOpened(change: (opened: Opened) => Partial<Opened>): (adapter: Adapter) => Adapter {
  return inStore((store) => ({
    async openGeneration(generation) {
      const opened = await store.openGeneration(generation);
      return { ...wholeOpened(opened), ...change(opened) };
    },
  }));
}

/** Other batches, or none, instead of one that is applied. */
export function inBatches(
  change: (batch: StoreBatch, generation: number) => readonly StoreBatch[],
): (adapter: Adapter) => Adapter {
  return inStore((store) => ({
    async apply(generation, batch) {
      for (const one of change(batch, generation)) {
        await store.apply(generation, one);
        // As long as a second commit takes at least.
        for (let turns = 0; turns < 4; turns += 1) await turn();
      }
    },
  }));
}

/** For a call that fails. */
export async function failing(): Promise<never> {
  throw new Error('broken on purpose');
}
