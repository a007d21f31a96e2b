/** The generations of a store of texts in memory: the whole contract, with every check that the published suite asks for. */
import { StagedReprocessError } from 'staged-reprocessor';
import type { BulkWriter, FoundGeneration, RowBytes, StagedStore, StoreContext } from 'staged-reprocessor';
import { copy, keyText, openTexts, type TextReader, type Texts } from './text-reading.ts';

interface Generation extends Texts {
  found: FoundGeneration;
}

const sorted = (rows: Iterable<RowBytes>): RowBytes[] =>
  [...rows].sort((left, right) => Buffer.compare(left.key, right.key));

export function openStore({ homeId, storeName: store }: StoreContext): StagedStore<TextReader> {
  const generations = new Map<number, Generation>();
  let isOpen = true;
  const check = (holds = true): void => {
    if (!isOpen || !holds) throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', 'This handle is closed');
  };
  const known = (generation: number): Generation => {
    check();
    const one = generations.get(generation);
    if (one === undefined) throw new StagedReprocessError('REPROCESS_STORE_CORRUPT', 'No such generation');
    return one;
  };
  const mark = async (generation: number, revision: number): Promise<void> => {
    const one = known(generation);
    one.found = { ...one.found, marker: { format: 1, homeId, store, generation, revision } };
  };

  return {
    inspect: async () => ({
      generations: [...generations.values()].map((one) => one.found),
      live: undefined,
      foreign: [],
    }),
    async stage(generation) {
      check(!generations.has(generation));
      const found: FoundGeneration = { generation, state: 'staged', marker: undefined };
      const one: Generation = { found, rows: [], applied: undefined };
      generations.set(generation, one);
      await mark(generation, 0);
      const rows: RowBytes[] = [];
      let writing = true;
      const put: BulkWriter['put'] = (key, keyLength, value, valueLength) => {
        check(writing && generations.has(generation));
        rows.push(copy({ key: key.subarray(0, keyLength), value: value.subarray(0, valueLength) }));
      };
      return {
        table: () => ({ full: false, drain: async () => undefined, put }),
        async finish() {
          check(writing && generations.has(generation));
          writing = false;
          one.rows = sorted(rows);
        },
      };
    },
    async prepare(generation) {
      const one = known(generation);
      one.found = { ...one.found, state: 'ready' };
    },
    async apply(generation, { writes, applied }) {
      const one = known(generation);
      const isRight = one.found.state === 'ready' && writes.every(({ table }) => table === 'lines');
      if (!isRight) throw new StagedReprocessError('REPROCESS_STORE_FAILED', 'This batch cannot be applied');
      const rows = new Map(one.rows.map((row) => [keyText(row.key), row]));
      for (const { key, value } of writes.flatMap((write) => write.rows)) {
        if (value === undefined) rows.delete(keyText(key));
        else rows.set(keyText(key), copy({ key, value }));
      }
      // In one turn, so that a reader sees all of it or nothing. A durable store makes it one synced commit.
      one.rows = sorted(rows.values());
      one.applied = applied;
    },
    commit: ({ to, revision }) => mark(to, revision),
    undo: async ({ to, toRevision }) => (check(), generations.has(to) ? mark(to, toRevision) : undefined),
    openGeneration: async (generation) => openTexts(generation, known(generation)),
    discard: async (generation) => (check(), void generations.delete(generation)),
    sizeBytes: async () => (check(), 0),
    close: async () => void (isOpen = false),
  };
}
