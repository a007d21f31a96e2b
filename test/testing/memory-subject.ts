import type { StoreAdapter } from '../../src/store/store.ts';
import { memoryStore } from '../../src/adapters/memory/index.ts';
import { mergeDecoded, sumInt64 } from '../../src/store/merge-rule.ts';
import { json } from '../../src/store/table-encoding.ts';
import type { TableReader } from '../../src/store/table.ts';
import { keyValueTable } from '../../src/testing/index.ts';
import type { StoreSuiteSubject } from '../../src/testing/index.ts';

interface Word {
  readonly text: string;
  readonly places: readonly number[];
}

export const tables = {
  words: { keyEncoding: 'utf8', valueEncoding: json<Word>() },
  names: {
    keyEncoding: 'utf8',
    valueEncoding: 'utf8',
    merge: mergeDecoded('utf8', (a, b) => (a < b ? a : b)),
  },
  counts: { keyEncoding: 'buffer', valueEncoding: 'view', merge: sumInt64 },
} as const;

export type MemoryReader = TableReader<typeof tables>;

const int64 = (value: number): Buffer => {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
};

/** One memory store of three tables, whose adapter a test may replace by a broken one. */
export function memorySubject(
  change: (adapter: StoreAdapter<MemoryReader>) => StoreAdapter<MemoryReader> = (adapter) => adapter,
): StoreSuiteSubject<MemoryReader> {
  const adapter: StoreAdapter<MemoryReader> = memoryStore({ tables });
  return {
    adapter: change(adapter),
    context: {
      storeName: 'search',
      homeId: 'home-1',
      directory: undefined,
      adopted: undefined,
      onBackgroundError: () => undefined,
    },
    tables: [
      keyValueTable<typeof tables, 'words'>(
        'words',
        (index, variant) => [`wörd-${index}`, { text: `${variant}`, places: [index, variant] }],
        (index) => ['w', `wörd-${index % 10}`],
      ),
      keyValueTable<typeof tables, 'names'>('names', (index, variant) => [`${index * 7}`, `name ${variant}`]),
      keyValueTable<typeof tables, 'counts'>('counts', (index, variant) => [
        int64(index - 9),
        int64(variant - 2),
      ]),
    ],
    cleanup: async () => undefined,
  };
}
