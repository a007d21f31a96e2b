import type { OpenGeneration } from '../../../src/store/open-generation.ts';
import type { StoreBatch, TableWrites } from '../../../src/store/store-batch.ts';
import type { StagedStore } from '../../../src/store/store.ts';
import type { TableReader } from '../../../src/store/table.ts';

export const tables = {
  bytes: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  words: { keyEncoding: 'utf8', valueEncoding: 'json' },
} as const;

export type Store = StagedStore<TableReader<typeof tables>>;
export type Open = OpenGeneration<TableReader<typeof tables>>;

/** A store of `tables` without generations; `cleanup` closes it and removes what it left. */
export interface ApplyingSubject {
  readonly store: Store;
  cleanup(): Promise<void>;
}

/** Word → its new number; `undefined` deletes it. */
export type WordWrites = Readonly<Record<string, number | undefined>>;

export function batchOf(applied: string, words: WordWrites): StoreBatch {
  return { applied, writes: [{ table: 'words', rows: wordRows(words) }] };
}

export function wordRows(words: WordWrites): TableWrites['rows'] {
  return Object.entries(words)
    .map(([word, n]) => ({
      key: Buffer.from(word),
      value: n === undefined ? undefined : Buffer.from(`${n}`),
    }))
    .sort((left, right) => Buffer.compare(left.key, right.key));
}

/** Stages a generation with these words, and prepares it. */
export async function ready(store: Store, generation: number, words: WordWrites = {}): Promise<void> {
  const writer = await store.stage(generation);
  const bulk = writer.table('words');
  for (const { key, value } of wordRows(words)) {
    if (value !== undefined) bulk.put(key, key.length, value, value.length);
  }
  await writer.finish();
  await store.prepare(generation);
}

/** All words of a generation. */
export async function wordsOf(open: Pick<Open, 'rows'>): Promise<Record<string, number>> {
  const words: Record<string, number> = {};
  for await (const rows of open.rows('words')) {
    for (const { key, value } of rows)
      words[Buffer.from(key).toString()] = Number(Buffer.from(value).toString());
  }
  return words;
}
