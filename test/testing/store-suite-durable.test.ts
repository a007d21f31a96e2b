import { expect, test } from 'vitest';
import type { StoreBatch } from '../../src/store/store-batch.ts';
import { storeSuite } from '../../src/testing/index.ts';
import type { SuiteRunner } from '../../src/testing/index.ts';
import { wholeOpened } from './broken-store.ts';
import { durableSubject } from './durable-fake.ts';
import type { DurableChange } from './durable-fake.ts';
import { runSuite } from './run-suite.ts';

function run(change?: DurableChange, wanted?: (name: string) => boolean) {
  const register = (runner: SuiteRunner): void => {
    storeSuite(runner, {
      name: 'durable',
      supports: { durable: true, adopt: true },
      create: async () => durableSubject(change),
    });
  };
  return runSuite(register, wanted);
}

test('a durable adapter that is right passes every test', async () => {
  const result = await run();
  expect([...result.failed]).toEqual([]);
  expect(result.passed).toContain('generations, rows and markers are there after reopening');
  expect(result.passed).toContain('existing data is adopted as a live generation, twice');
  expect(result.passed).not.toContain('a volatile store begins empty when it is opened again');
});

const later = (change: DurableChange): DurableChange => {
  return (store, times) => (times > 1 ? change(store, times) : {});
};

/** Takes every batch back that an earlier opening applied, as when it was never synced. */
function losingLast(): DurableChange {
  let unsynced: { readonly times: number; readonly generation: number; readonly before: StoreBatch }[] = [];
  return (store, times) => ({
    async apply(generation, batch) {
      const opened = await store.openGeneration(generation);
      const writes = await Promise.all(
        batch.writes.map(async ({ table, rows }) => {
          const keys = rows.map(({ key }) => key);
          const values = await opened.getMany(table, keys);
          return { table, rows: keys.map((key, index) => ({ key, value: values[index] })) };
        }),
      );
      const before = { writes, applied: (await opened.applied()) ?? '' };
      await opened.close();
      unsynced.unshift({ times, generation, before });
      await store.apply(generation, batch);
    },
    async openGeneration(generation) {
      const lost = unsynced.filter((one) => one.times < times);
      unsynced = unsynced.filter((one) => one.times >= times);
      for (const one of lost) await store.apply(one.generation, one.before);
      return store.openGeneration(generation);
    },
  });
}

const broken: readonly { what: string; seenBy: string; change: DurableChange }[] = [
  {
    what: 'forgets its markers',
    seenBy: 'generations, rows and markers are there after reopening',
    change: later((store) => ({
      async inspect() {
        const found = await store.inspect();
        return { ...found, generations: found.generations.map((one) => ({ ...one, marker: undefined })) };
      },
    })),
  },
  {
    what: 'loses what is staged',
    seenBy: 'a staged generation is found as staged, and discarded',
    change: later((store) => ({
      async inspect() {
        const found = await store.inspect();
        return { ...found, generations: found.generations.filter(({ state }) => state === 'ready') };
      },
    })),
  },
  {
    what: 'cannot discard what an earlier opening staged',
    seenBy: 'a staged generation is found as staged, and discarded',
    change: later(() => ({ discard: async () => undefined })),
  },
  {
    what: 'commits only what it prepared itself',
    seenBy: 'recovery rolls a switch forward with nothing open, twice',
    change: later(() => ({ commit: async () => undefined })),
  },
  {
    what: 'cannot commit twice',
    seenBy: 'recovery rolls a switch forward with nothing open, twice',
    change: (store, times) =>
      times === 3
        ? {
            commit: async () => {
              throw new Error('broken on purpose');
            },
          }
        : { commit: (change) => store.commit(change) },
  },
  {
    what: 'undoes only what it committed itself',
    seenBy: 'recovery undoes a switch with nothing open, twice',
    change: later(() => ({ undo: async () => undefined })),
  },
  {
    what: 'cannot prepare what is prepared',
    seenBy: 'a preparation is finished after reopening',
    change: later(() => ({
      prepare: async () => {
        throw new Error('broken on purpose');
      },
    })),
  },
  {
    what: "takes another home's data for its own",
    seenBy: "another home's marker is told as it is, and nothing is deleted",
    change: (store, times) => ({
      async inspect() {
        const found = await store.inspect();
        if (times !== 2) return found;
        const own = { format: 1 as const, homeId: 'another-home', store: 'search', revision: 11 };
        return {
          ...found,
          generations: found.generations.map((one) => ({ ...one, marker: { ...own, ...one } })),
        };
      },
    }),
  },
  {
    what: 'loses what it applied last',
    seenBy: 'batches are there after reopening, and more are applied',
    change: losingLast(),
  },
  {
    what: 'forgets at an opening how far its data has got',
    seenBy: 'batches are there after reopening, and more are applied',
    change: later((store) => ({
      async openGeneration(generation) {
        return { ...wholeOpened(await store.openGeneration(generation)), applied: async () => undefined };
      },
    })),
  },
  {
    what: 'forgets when recovery commits how far the data has got',
    seenBy: 'recovery rolls a switch forward or back below what was applied',
    change: later((store) => ({
      async commit(change) {
        await store.commit(change);
        await store.apply(change.to, { writes: [], applied: '' });
      },
    })),
  },
  {
    what: 'cannot apply to what it adopted',
    seenBy: 'batches are applied to an adopted generation',
    change: (store) => ({
      async apply(generation, batch) {
        if (generation !== 1) await store.apply(generation, batch);
      },
    }),
  },
  {
    what: 'adopts without a marker',
    seenBy: 'existing data is adopted as a live generation, twice',
    change: () => ({ adopt: async () => undefined }),
  },
  {
    what: 'discards what it adopted at the next switch',
    seenBy: 'an adopted generation is switched away from, and back to',
    change: (store) => ({
      async commit(change) {
        await store.commit(change);
        if (change.from !== undefined) await store.discard(change.from);
      },
    }),
  },
];

test.each(broken)('a durable adapter that $what is rejected', async ({ change, seenBy }) => {
  const result = await run(change, (name) => name === seenBy);
  expect([...result.failed.keys()]).toEqual([seenBy]);
});
