import type { StoreAdapter, TableWrites } from '../../../src/index.ts';

/** A store that says it has applied a batch, and has lost a row of it. */
export interface LyingStore {
  readonly adapter: StoreAdapter;
  /** Which rows are lost; none when it is left out. */
  loses: ((generation: number, table: string, index: number) => boolean) | undefined;
}

export function lyingStore(adapter: StoreAdapter): LyingStore {
  const lying: LyingStore = {
    loses: undefined,
    adapter: {
      ...adapter,
      open: async (context) => {
        const store = await adapter.open(context);
        const kept = (generation: number, { table, rows }: TableWrites): TableWrites => ({
          table,
          rows: rows.filter((_, index) => lying.loses?.(generation, table, index) !== true),
        });
        return new Proxy(store, {
          get(target, name) {
            if (name === 'apply') {
              const apply: typeof store.apply = (generation, { writes, applied }) =>
                store.apply(generation, { writes: writes.map((one) => kept(generation, one)), applied });
              return apply;
            }
            const value: unknown = Reflect.get(target, name, target);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          },
        });
      },
    },
  };
  return lying;
}
