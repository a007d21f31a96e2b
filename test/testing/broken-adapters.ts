import { inStore, whole } from './broken-store.ts';
import type { BrokenStore, Store } from './broken-store.ts';

export const brokenAdapters: readonly BrokenStore[] = [
  {
    what: 'works after close',
    seenBy: 'close may be called twice, and nothing works after it',
    change: inStore(() => ({ close: async () => undefined })),
  },
  {
    what: 'remembers although it says that it is volatile',
    seenBy: 'a volatile store begins empty when it is opened again',
    change: (adapter) => {
      let kept: Store | undefined;
      return {
        ...adapter,
        open: async (context) =>
          (kept ??= { ...whole(await adapter.open(context)), close: async () => undefined }),
      };
    },
  },
  {
    what: 'claims to be durable',
    seenBy: 'the adapter names its kind, what it supports and its tables',
    change: (adapter) => ({ ...adapter, supports: { durable: true, adopt: false } }),
  },
  {
    what: 'encodes rows of any length',
    seenBy: 'encodeRow refuses what is no row of the table with a TypeError',
    change: (adapter) => ({
      ...adapter,
      encodeRow: (table, row) => adapter.encodeRow(table, row.slice(0, 2)),
    }),
  },
  {
    what: 'gives all rows one key',
    seenBy: 'encodeRow gives every row a key of its own and the same bytes every time',
    change: (adapter) => ({
      ...adapter,
      encodeRow: (table, row) => ({ ...adapter.encodeRow(table, row), key: Buffer.from('same') }),
    }),
  },
  {
    what: 'merges by the order of its arguments',
    seenBy: 'merge rules are associative, commutative and change no argument',
    change: (adapter) => ({
      ...adapter,
      tables: adapter.tables.map((table) => ({ ...table, merge: (left: Uint8Array) => left })),
    }),
  },
  {
    what: 'fails in the background',
    seenBy: 'a fresh store holds nothing',
    change: (adapter) => ({
      ...adapter,
      async open(context) {
        context.onBackgroundError(new Error('broken on purpose'));
        return adapter.open(context);
      },
    }),
  },
];
