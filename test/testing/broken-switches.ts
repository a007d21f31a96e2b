import type { StoreInspection } from '../../src/store/store.ts';
import { failing, inStore } from './broken-store.ts';
import type { BrokenStore } from './broken-store.ts';

const inspecting = (change: (found: StoreInspection) => StoreInspection) =>
  inStore((store) => ({ inspect: async () => change(await store.inspect()) }));

const markers = (change: { readonly homeId?: string; readonly revision?: number; readonly store?: string }) =>
  inspecting((found) => ({
    ...found,
    generations: found.generations.map(({ marker, ...rest }) => ({
      ...rest,
      marker: marker === undefined ? undefined : { ...marker, ...change },
    })),
  }));

export const brokenSwitches: readonly BrokenStore[] = [
  {
    what: 'commits twice to another effect',
    seenBy: 'commit is idempotent',
    change: inStore((store) => {
      let commits = 0;
      return {
        commit: (change) => store.commit({ ...change, revision: change.revision + commits++ }),
      };
    }),
  },
  {
    what: 'fails the second commit',
    seenBy: 'commit is idempotent',
    change: inStore((store) => {
      const done = new Set<number>();
      return {
        async commit(change) {
          if (done.has(change.revision)) await failing();
          done.add(change.revision);
          await store.commit(change);
        },
      };
    }),
  },
  {
    what: 'writes no marker at a switch',
    seenBy: 'the first switch has nothing before it',
    change: inStore(() => ({ commit: async () => undefined })),
  },
  {
    what: 'writes the old revision into the marker',
    seenBy: 'many switches: each retained generation keeps its rows and its marker',
    change: inStore((store) => ({
      commit: (change) => store.commit({ ...change, revision: change.fromRevision }),
    })),
  },
  {
    what: 'undoes nothing',
    seenBy: 'undo takes a commit back, again and again',
    change: inStore(() => ({ undo: async () => undefined })),
  },
  {
    what: 'forgets the earlier revision at an undo',
    seenBy: 'a switch goes back to a retained generation, and forward again',
    change: inStore((store) => ({ undo: (change) => store.undo({ ...change, toRevision: 0 }) })),
  },
  {
    what: 'discards at an undo',
    seenBy: 'undo of a switch that was not committed changes nothing',
    change: inStore((store) => ({ undo: (change) => store.discard(change.to) })),
  },
  {
    what: 'discards the generation before at a commit',
    seenBy: 'many switches: each retained generation keeps its rows and its marker',
    change: inStore((store) => ({
      async commit(change) {
        await store.commit(change);
        if (change.from !== undefined) await store.discard(change.from);
      },
    })),
  },
  {
    what: 'leaks what it discards',
    seenBy: 'a staged generation is discarded, and another one staged',
    change: inStore(() => ({ discard: async () => undefined })),
  },
  {
    what: 'fails to discard what is not there',
    seenBy: 'discard is idempotent, also of what never was',
    change: inStore((store) => ({
      async discard(generation) {
        const { generations } = await store.inspect();
        if (!generations.some((found) => found.generation === generation)) await failing();
        await store.discard(generation);
      },
    })),
  },
  {
    what: "bears another home's marker",
    seenBy: 'stage makes an empty staged generation with a marker',
    change: markers({ homeId: 'x' }),
  },
  { what: 'never raises a revision', seenBy: 'commit is idempotent', change: markers({ revision: 0 }) },
  {
    what: 'calls a staged generation ready',
    seenBy: 'stage makes an empty staged generation with a marker',
    change: inspecting((found) => ({
      ...found,
      generations: found.generations.map((one) => ({ ...one, state: 'ready' })),
    })),
  },
  {
    what: 'calls the wrong generation live',
    seenBy: 'undo takes a commit back, again and again',
    change: inspecting((found) => ({ ...found, live: found.generations.at(-1)?.generation })),
  },
  {
    what: 'changes something when it is inspected',
    seenBy: 'inspect changes nothing, whatever state the store is in',
    change: inStore((store) => {
      let looks = 0;
      return { inspect: async () => ({ ...(await store.inspect()), live: (looks += 1) }) };
    }),
  },
];
