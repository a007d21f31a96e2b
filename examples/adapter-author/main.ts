/** Proves the adapter with the published suite, on any test runner: `node:test` here. */
import { describe, it } from 'node:test';
import { storeSuite } from 'staged-reprocessor/testing';
import type { TextReader } from './text-reading.ts';
import { textStore } from './text-store.ts';

const context = { storeName: 'notes', homeId: 'home', directory: undefined, adopted: undefined };
storeSuite<TextReader>(
  { describe, it },
  {
    name: 'textStore',
    supports: textStore.supports,
    create: async () => ({
      adapter: textStore,
      context: { ...context, onBackgroundError: console.error },
      tables: [
        {
          name: 'lines',
          row: (index, variant) => [`line ${String(index)}`, `text ${String(variant)}`],
          key: (index) => `line ${String(index)}`,
          partialKeys: (index) => ['line', `line ${String(index % 10)}`],
          read: async function* (reader) {
            yield* reader();
          },
        },
      ],
      cleanup: async () => undefined,
    }),
  },
);
