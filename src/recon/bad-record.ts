import type { RowBatch } from '../source/source.ts';
import type { TaskContext } from '../task/context.ts';

/** Sets one row of a batch aside. The key is copied: the batch's bytes are used again. */
export function quarantineRow(
  context: Pick<TaskContext, 'quarantine'>,
  table: string,
  batch: RowBatch,
  index: number,
  reason: string,
): void {
  context.quarantine({ table, key: batch.key(index).slice(), reason });
}
