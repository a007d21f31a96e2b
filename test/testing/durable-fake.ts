import type { StagedStore, StoreAdapter, StoreContext } from '../../src/store/store.ts';
import type { StoreSuiteSubject } from '../../src/testing/index.ts';
import { whole } from './broken-store.ts';
import { memorySubject } from './memory-subject.ts';
import type { MemoryReader } from './memory-subject.ts';

type Store = StagedStore<MemoryReader>;

/** What a test changes about one opening of the durable store; `times` counts the openings. */
export type DurableChange = (store: Store, times: number) => Partial<Store>;

/**
 * A memory store that outlives its closing and can adopt, so that the suite's tests of durable stores can be tested
 * themselves without a disk.
 */
export function durableSubject(change: DurableChange = () => ({})): StoreSuiteSubject<MemoryReader> {
  const subject = memorySubject();
  let medium: Store | undefined;
  let times = 0;
  const open = async (context: StoreContext): Promise<Store> => {
    times += 1;
    // The first opening names the home: the marker is written once.
    medium ??= await subject.adapter.open(context);
    const inner = medium;
    const one = closing(inner);
    const adopt: NonNullable<Store['adopt']> = async ({ generation }, revision) => {
      await one.commit({ from: undefined, fromRevision: 0, to: generation, toRevision: 0, revision });
    };
    return { ...one, adopt, ...change(one, times) };
  };
  const adapter: StoreAdapter<MemoryReader> = {
    ...subject.adapter,
    supports: { durable: true, adopt: true },
    open,
  };
  return {
    ...subject,
    adapter,
    async plant() {
      const store = (medium ??= await subject.adapter.open(subject.context));
      const writer = await store.stage(1);
      for (const table of subject.tables) {
        const bulk = writer.table(table.name);
        for (const index of [0, 1]) {
          const { key, value } = adapter.encodeRow(table.name, table.row(index, 0));
          bulk.put(key, key.length, value, value.length);
        }
      }
      await writer.finish();
      await store.prepare(1);
      return { generation: 1, location: undefined };
    },
  };
}

/** The same store, which refuses everything once this opening of it is closed. */
function closing(inner: Store): Store {
  let closed = false;
  const check = (): void => {
    if (closed) throw new Error('closed');
  };
  const store = whole(inner);
  return {
    inspect: async () => (check(), store.inspect()),
    stage: async (generation) => {
      check();
      const writer = await store.stage(generation);
      return { table: (name) => writer.table(name), finish: async () => (check(), writer.finish()) };
    },
    prepare: async (generation) => (check(), store.prepare(generation)),
    apply: async (generation, batch) => (check(), store.apply(generation, batch)),
    commit: async (change) => (check(), store.commit(change)),
    undo: async (change) => (check(), store.undo(change)),
    openGeneration: async (generation) => (check(), store.openGeneration(generation)),
    discard: async (generation) => (check(), store.discard(generation)),
    sizeBytes: async (generation) => (check(), store.sizeBytes(generation)),
    close: async () => {
      closed = true;
    },
  };
}
