/** An adapter of one's own: what a host gives to `open`. It holds configuration only, never an open handle. */
import type { StoreAdapter } from 'staged-reprocessor';
import { openTexts, type TextReader } from './text-generations.ts';

export const textStore: StoreAdapter<TextReader, { lines: readonly [key: string, text: string] }> = {
  kind: 'text',
  supports: { durable: false, adopt: false },
  tables: [{ name: 'lines' }],
  encodeRow(table, row) {
    const [key, text] = row;
    const isRow =
      table === 'lines' && row.length === 2 && typeof key === 'string' && typeof text === 'string';
    if (!isRow) throw new TypeError('Expected two texts for `lines`');
    return { key: Buffer.from(key), value: Buffer.from(text) };
  },
  open: async (context) => openTexts(context),
};
