import { setImmediate as turn } from 'node:timers/promises';
import { inBatches, inOpened, inStore, wholeOpened } from './broken-store.ts';
import type { Adapter, BrokenStore } from './broken-store.ts';

/** `applied` by a rule of its own, which knows what was applied where. */
function appliedBy(
  rule: (
    said: ReadonlyMap<number, string>,
    generation: number,
    own: string | undefined,
  ) => string | undefined,
): (adapter: Adapter) => Adapter {
  return inStore((store) => {
    const said = new Map<number, string>();
    return {
      async apply(generation, batch) {
        await store.apply(generation, batch);
        said.delete(generation);
        said.set(generation, batch.applied);
      },
      async openGeneration(generation) {
        const opened = await store.openGeneration(generation);
        return {
          ...wholeOpened(opened),
          applied: async () => rule(said, generation, await opened.applied()),
        };
      },
    };
  });
}

export const brokenApplied: readonly BrokenStore[] = [
  {
    what: 'writes the applied text in a second commit',
    seenBy: 'nobody sees a part of a batch while it is applied',
    change: inStore((store) => {
      let last = '';
      return {
        async apply(generation, batch) {
          await store.apply(generation, { ...batch, applied: last });
          for (let turns = 0; turns < 4; turns += 1) await turn();
          await store.apply(generation, { writes: [], applied: batch.applied });
          last = batch.applied;
        },
      };
    }),
  },
  {
    what: 'writes the applied text before the rows',
    seenBy: 'a batch that is refused leaves nothing, and the next one is applied',
    change: inBatches((batch) => [{ writes: [], applied: batch.applied }, batch]),
  },
  {
    what: 'takes a batch without rows for nothing to do',
    seenBy: 'a batch without rows replaces the applied text, and nothing else',
    change: inBatches((batch) => (batch.writes.every(({ rows }) => rows.length === 0) ? [] : [batch])),
  },
  {
    what: 'tells the applied text of the generation that got the last batch',
    seenBy: 'several generations take batches at the same time',
    change: appliedBy((said) => [...said.values()].at(-1)),
  },
  {
    what: 'tells the applied text of a discarded generation',
    seenBy: 'rows and applied text go with their generation',
    change: appliedBy((said, generation, own) => own ?? said.get(generation)),
  },
  {
    what: 'has an applied text from the start',
    seenBy: 'applied is undefined until a batch says it, and then as it said',
    change: inOpened((opened) => ({ applied: async () => (await opened.applied()) ?? '' })),
  },
  {
    what: 'takes an empty applied text for none',
    seenBy: 'applied is undefined until a batch says it, and then as it said',
    change: inOpened((opened) => ({ applied: async () => (await opened.applied()) || undefined })),
  },
  {
    what: 'forgets the applied text at a commit',
    seenBy: 'rows and applied text stay over commits and undos',
    change: inStore((store) => {
      const forgotten = new Set<number>();
      return {
        async apply(generation, batch) {
          await store.apply(generation, batch);
          forgotten.delete(generation);
        },
        async commit(change) {
          await store.commit(change);
          forgotten.add(change.to);
        },
        async openGeneration(generation) {
          const opened = await store.openGeneration(generation);
          const applied = async (): Promise<string | undefined> =>
            forgotten.has(generation) ? undefined : opened.applied();
          return { ...wholeOpened(opened), applied };
        },
      };
    }),
  },
];
