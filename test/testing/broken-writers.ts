import { failing, inStore, inWriter } from './broken-store.ts';
import type { Adapter, BrokenStore } from './broken-store.ts';

const rowLost = (every: number): ((adapter: Adapter) => Adapter) => {
  return inWriter((bulk) => {
    let count = 0;
    return {
      put: (...row) => {
        count += 1;
        if (count % every !== 0) bulk.put(...row);
      },
    };
  });
};

export const brokenWriters: readonly BrokenStore[] = [
  {
    what: 'loses a row',
    seenBy: 'rows in key order are read back, staged and prepared',
    change: rowLost(100),
  },
  {
    what: 'loses a row of thousands',
    seenBy: 'thousands of rows come through, none lost between batches',
    change: rowLost(2048),
  },
  {
    what: 'keeps the buffers of the caller',
    seenBy: 'rows in key order are read back, staged and prepared',
    change: inWriter((bulk) => {
      const kept: (() => void)[] = [];
      return {
        put: (...row) => {
          kept.push(() => {
            bulk.put(...row);
          });
        },
        drain: async () => {
          for (const put of kept.splice(0)) put();
        },
      };
    }),
  },
  {
    what: 'ignores the lengths of a row',
    seenBy: 'rows in any order, of all tables in turn, are read back in key order',
    change: inWriter((bulk) => ({
      put: (key, keyLength, value) => {
        bulk.put(key, keyLength, value, value.length);
      },
    })),
  },
  {
    what: 'takes rows after the writer has finished',
    seenBy: 'a writer that has finished takes no more rows',
    change: inStore((store) => ({
      async stage(generation) {
        const writer = await store.stage(generation);
        return { table: (name) => writer.table(name), finish: async () => undefined };
      },
      async prepare(generation) {
        await store.prepare(generation);
      },
    })),
  },
  {
    what: 'prepares only once',
    seenBy: 'prepare is idempotent',
    change: inStore((store) => {
      const prepared = new Set<number>();
      return {
        async prepare(generation) {
          if (prepared.has(generation)) await failing();
          prepared.add(generation);
          await store.prepare(generation);
        },
      };
    }),
  },
];
