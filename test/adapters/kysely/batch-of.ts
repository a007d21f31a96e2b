import { Buffer } from 'node:buffer';
import type { OpenGeneration } from '../../../src/store/open-generation.ts';
import type { StoreBatch } from '../../../src/store/store-batch.ts';
import type { StoreAdapter } from '../../../src/store/store.ts';

/** What a batch does to one table, as rows and keys. */
export interface Changes {
  readonly put?: readonly object[];
  readonly del?: readonly object[];
}

/** A batch as the engine makes it: the rows of each table in the order of their encoded keys. */
export function batchOf(
  adapter: StoreAdapter,
  applied: string,
  changes: Readonly<Record<string, Changes>>,
): StoreBatch {
  const writes = Object.entries(changes).map(([table, { put = [], del = [] }]) => {
    const rows: { key: Uint8Array; value: Uint8Array | undefined }[] = [
      ...put.map((row) => adapter.encodeRow(table, [row])),
      ...del.map((key) => ({ key: adapter.encodeKey(table, key, false), value: undefined })),
    ];
    return { table, rows: rows.sort((left, right) => Buffer.compare(left.key, right.key)) };
  });
  return { writes, applied };
}

/** All rows of a table as objects, read as the engine reads them. */
export async function rowsOf(adapter: StoreAdapter, open: OpenGeneration, table: string): Promise<unknown[]> {
  const found: unknown[] = [];
  for await (const batch of open.rows(table))
    for (const row of batch) found.push(...adapter.decodeRow(table, row));
  return found;
}
