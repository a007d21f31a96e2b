import type { BulkWriter, GenerationWriter } from '../../src/store/generation-writer.ts';
import type { OpenGeneration } from '../../src/store/open-generation.ts';
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

export function inOpened(change: (opened: Opened) => Partial<Opened>): (adapter: Adapter) => Adapter {
  return inStore((store) => ({
    async openGeneration(generation) {
      const opened = await store.openGeneration(generation);
      return {
        generation: opened.generation,
        view: (check, options) => opened.view(check, options),
        count: (table) => opened.count(table),
        get: (table, key) => opened.get(table, key),
        rows: (table) => opened.rows(table),
        close: () => opened.close(),
        ...change(opened),
      };
    },
  }));
}

/** For a call that fails. */
export async function failing(): Promise<never> {
  throw new Error('broken on purpose');
}
