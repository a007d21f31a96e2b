import type { StoreBatch } from '../../src/store/store-batch.ts';
import { failing, inBatches, inOpened, inStore } from './broken-store.ts';
import type { Adapter, BrokenStore, Store } from './broken-store.ts';

/** The rows of each batch changed; `undefined` leaves one out. */
const inRows = (
  change: (row: StoreBatch['writes'][number]['rows'][number]) => typeof row | undefined,
): ((adapter: Adapter) => Adapter) =>
  inBatches((batch) => [
    {
      ...batch,
      writes: batch.writes.map(({ table, rows }) => ({
        table,
        rows: rows.flatMap((row) => change(row) ?? []),
      })),
    },
  ]);

const other = (store: Store, pick: (numbers: readonly number[]) => number | undefined): Store['apply'] => {
  return async (generation, batch) => {
    const { generations } = await store.inspect();
    const ready = generations.filter(({ state }) => state === 'ready').map((one) => one.generation);
    await store.apply(pick(ready) ?? generation, batch);
  };
};

export const brokenBatches: readonly BrokenStore[] = [
  {
    what: 'commits table by table',
    seenBy: 'nobody sees a part of a batch while it is applied',
    change: inBatches((batch) => [...batch.writes.map((one) => ({ ...batch, writes: [one] })), batch]),
  },
  {
    what: 'keeps the first tables of a batch that is refused',
    seenBy: 'a batch that is refused leaves nothing, and the next one is applied',
    change: inStore((store) => {
      let last = '';
      return {
        async apply(generation, batch) {
          for (const one of batch.writes) await store.apply(generation, { writes: [one], applied: last });
          last = batch.applied;
          await store.apply(generation, batch);
        },
      };
    }),
  },
  {
    what: 'leaves out tables that it does not know',
    seenBy: 'a batch that is refused leaves nothing, and the next one is applied',
    change: inBatches((batch) => [
      { ...batch, writes: batch.writes.filter(({ table }) => table !== 'no-such-table') },
    ]),
  },
  {
    what: 'loses deletes',
    seenBy: 'a put replaces its row, and a delete takes it away if it is there',
    change: inRows((row) => (row.value === undefined ? undefined : row)),
  },
  {
    what: 'stores an empty value for a delete',
    seenBy: 'a put replaces its row, and a delete takes it away if it is there',
    change: inRows((row) => ({ ...row, value: row.value ?? Buffer.alloc(0) })),
  },
  {
    what: 'fails to delete what is not there',
    seenBy: 'a put replaces its row, and a delete takes it away if it is there',
    change: inStore((store) => ({
      async apply(generation, batch) {
        const opened = await store.openGeneration(generation);
        for (const { table, rows } of batch.writes) {
          for (const { key, value } of rows) {
            if (value === undefined && (await opened.get(table, key)) === undefined) await failing();
          }
        }
        await opened.close();
        await store.apply(generation, batch);
      },
    })),
  },
  {
    what: 'only adds rows',
    seenBy: 'a put replaces its row, and a delete takes it away if it is there',
    change: inStore((store) => ({
      async apply(generation, batch) {
        const opened = await store.openGeneration(generation);
        const writes = [];
        for (const { table, rows } of batch.writes) {
          const known = await opened.getMany(
            table,
            rows.map(({ key }) => key),
          );
          writes.push({
            table,
            rows: rows.filter((row, index) => row.value === undefined || known[index] === undefined),
          });
        }
        await opened.close();
        await store.apply(generation, { ...batch, writes });
      },
    })),
  },
  {
    what: 'merges what a batch puts',
    seenBy: 'a put replaces its row, and a delete takes it away if it is there',
    change: (adapter) =>
      inStore((store) => ({
        async apply(generation, batch) {
          const opened = await store.openGeneration(generation);
          const writes = [];
          for (const { table, rows } of batch.writes) {
            const merge = adapter.tables.find(({ name }) => name === table)?.merge;
            const merged = [];
            for (const { key, value } of rows) {
              const stored = await opened.get(table, key);
              const both = merge !== undefined && stored !== undefined && value !== undefined;
              merged.push({ key, value: both ? merge(stored, value) : value });
            }
            writes.push({ table, rows: merged });
          }
          await opened.close();
          await store.apply(generation, { ...batch, writes });
        },
      }))(adapter),
  },
  {
    what: 'loses the last row of a large batch',
    seenBy: 'a batch of thousands of rows is applied whole',
    change: inBatches((batch) => [
      { ...batch, writes: batch.writes.map(({ table, rows }) => ({ table, rows: rows.slice(0, 999) })) },
    ]),
  },
  {
    what: 'applies every batch to the newest generation',
    seenBy: 'a batch reaches the live, a prepared or a retained generation, and no other',
    change: inStore((store) => ({ apply: other(store, (numbers) => numbers.at(-1)) })),
  },
  {
    what: 'applies what is for an unknown generation to another one',
    seenBy: 'what is unknown, staged or discarded takes no batch',
    change: inStore((store) => ({
      apply: (generation, batch) =>
        other(store, (numbers) => (numbers.includes(generation) ? generation : numbers[0]))(
          generation,
          batch,
        ),
    })),
  },
  {
    what: 'drops what is for an unknown generation silently',
    seenBy: 'what is unknown, staged or discarded takes no batch',
    change: inStore((store) => ({ apply: (...args) => store.apply(...args).catch(() => undefined) })),
  },
  {
    what: 'raises a revision with a batch',
    seenBy: 'a batch reaches the live, a prepared or a retained generation, and no other',
    change: inStore((store) => ({
      async apply(generation, batch) {
        await store.apply(generation, batch);
        await store.commit({ from: undefined, fromRevision: 0, to: generation, toRevision: 0, revision: 99 });
      },
    })),
  },
  {
    what: 'applies nothing while another generation is staged',
    seenBy: 'batches are applied while other generations are staged, prepared and discarded',
    change: inStore((store) => {
      let staging = 0;
      return {
        async stage(generation) {
          staging += 1;
          return store.stage(generation);
        },
        async prepare(generation) {
          await store.prepare(generation);
          staging -= 1;
        },
        async apply(generation, batch) {
          if (staging > 0) await failing();
          await store.apply(generation, batch);
        },
      };
    }),
  },
  {
    what: 'counts rows once and for all',
    seenBy: 'what is open sees a batch with its next operation',
    change: inOpened((opened) => {
      const counts = new Map<string, Promise<number>>();
      return {
        count(table) {
          const count = counts.get(table) ?? opened.count(table);
          counts.set(table, count);
          return count;
        },
      };
    }),
  },
  {
    what: 'freezes every view',
    seenBy: 'what is open sees a batch with its next operation',
    change: inOpened((opened) => ({ view: (check) => opened.view(check, { frozen: true }) })),
  },
  {
    what: 'freezes no view',
    seenBy: 'a frozen view sees no batch, one that is frozen later does',
    change: inOpened((opened) => ({ view: (check) => opened.view(check, { frozen: false }) })),
  },
];
