/** An adapter of one's own: what a host gives to `open`. It holds configuration only, never an open handle. */
import type { StoreAdapter } from 'staged-reprocessor';
import { openStore } from './text-generations.ts';
import type { TextReader } from './text-reading.ts';

type Line = readonly [key: string, text: string];
/** What tasks read and write in a transaction. */
interface LineEntry {
  readonly key: string;
  readonly value: string;
  readonly put: Line;
  readonly row: Line;
}

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
const bytes = (table: string, value: unknown): Buffer => {
  if (table === 'lines' && typeof value === 'string') return Buffer.from(value);
  throw new TypeError('Expected a text of `lines`');
};

export const textStore: StoreAdapter<TextReader, { lines: Line }, { lines: LineEntry }> = {
  kind: 'text',
  supports: { durable: false, adopt: false },
  tables: [{ name: 'lines' }],
  encodeRow(table, row) {
    if (row.length !== 2) throw new TypeError('Expected a key and a text for `lines`');
    return { key: bytes(table, row[0]), value: bytes(table, row[1]) };
  },
  // A part of a key is a text like any other.
  encodeKey: (table, key) => bytes(table, key),
  decodeRow: (_, { key, value }) => [text(key), text(value)],
  open: async (context) => openStore(context),
};
