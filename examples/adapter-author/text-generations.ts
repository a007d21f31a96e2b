/** The generations of a store of texts in memory: the whole contract, with every check that the published suite asks for. */
import { StagedReprocessError } from 'staged-reprocessor';
import type { BulkWriter, FoundGeneration, RowBytes, StagedStore, StoreContext } from 'staged-reprocessor';

export type TextReader = () => Iterable<readonly [key: string, text: string]>;

interface Generation {
  found: FoundGeneration;
  readonly rows: RowBytes[];
}

export function openTexts({ homeId, storeName: store }: StoreContext): StagedStore<TextReader> {
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
  const copy = ({ key, value }: RowBytes): RowBytes => ({ key: Buffer.from(key), value: Buffer.from(value) });

  return {
    inspect: async () => ({
      generations: [...generations.values()].map((one) => one.found),
      live: undefined,
      foreign: [],
    }),
    async stage(generation) {
      check(!generations.has(generation));
      const rows: RowBytes[] = [];
      generations.set(generation, { found: { generation, state: 'staged', marker: undefined }, rows });
      await mark(generation, 0);
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
          rows.sort((a, b) => Buffer.compare(a.key, b.key));
        },
      };
    },
    async prepare(generation) {
      const one = known(generation);
      one.found = { ...one.found, state: 'ready' };
    },
    commit: ({ to, revision }) => mark(to, revision),
    undo: async ({ to, toRevision }) => (check(), generations.has(to) ? mark(to, toRevision) : undefined),
    async openGeneration(generation) {
      const { rows } = known(generation);
      let isReading = true;
      const reading = (): RowBytes[] => (check(isReading), rows);
      return {
        generation,
        view(checkLease) {
          let isHeld = true;
          const reader: TextReader = function* () {
            for (const { key, value } of reading()) {
              checkLease();
              check(isHeld);
              yield [String(key), String(value)];
            }
          };
          return { reader, release: () => void (isHeld = false) };
        },
        count: async () => reading().length,
        get: async (_, key) =>
          reading()
            .map(copy)
            .find((row) => Buffer.compare(row.key, key) === 0)?.value,
        rows: async function* () {
          yield reading().map(copy);
        },
        close: async () => void (isReading = false),
      };
    },
    discard: async (generation) => (check(), void generations.delete(generation)),
    sizeBytes: async () => (check(), 0),
    close: async () => void (isOpen = false),
  };
}
