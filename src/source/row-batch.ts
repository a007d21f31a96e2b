import { bytesOf, type BytesOrText } from './bytes-or-text.ts';
import { RowArena } from './row-arena.ts';
import type { RowBatch } from './source.ts';

/**
 * A batch for a `ScanVisitor`, of rows that a source has in hand. They are copied.
 *
 * @param rows - In the order of their keys' bytes.
 * @throws TypeError when a key or a value is neither bytes nor text.
 * @public
 */
export function rowBatch(rows: Iterable<readonly [key: BytesOrText, value: BytesOrText]>): RowBatch {
  const batch = new RowArena();
  for (const [key, value] of rows) batch.push(bytesOf(key), bytesOf(value));
  return batch;
}
