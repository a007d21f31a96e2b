import { createHash } from 'node:crypto';
import { StagedReprocessError } from '../../errors.ts';
import { readRawWriteBatch, type BatchOperation } from '../write-batch/raw-write-batch.ts';
import type { AppliedBatch } from './overlay-state.ts';

/** What several write batches bring that was not there before. */
export interface NewOperations {
  readonly operations: readonly BatchOperation[];
  /** The sequence that they end at. */
  readonly through: bigint;
  /** `undefined` when no batch brings anything. */
  readonly lastBatch: AppliedBatch | undefined;
}

/**
 * Reads batches and leaves out what is at or below `after`: given twice, or from before the checkpoint.
 *
 * @throws StagedReprocessError `REPROCESS_SEQUENCE_GAP`, `REPROCESS_BATCH_CORRUPT`, `REPROCESS_BATCH_UNSUPPORTED`.
 */
export function newOperations(batches: readonly Uint8Array[], after: bigint): NewOperations {
  const operations: BatchOperation[] = [];
  let through = after;
  let latest: { readonly first: bigint; readonly last: bigint; readonly bytes: Uint8Array } | undefined;
  for (const bytes of batches) {
    const batch = readRawWriteBatch(bytes);
    if (batch === undefined || batch.last <= through) continue;
    const { first, last } = batch;
    if (first > through + 1n) {
      throw new StagedReprocessError(
        'REPROCESS_SEQUENCE_GAP',
        `A write batch begins with sequence ${String(first)}, but the one before ended at ${String(through)}`,
        { details: { expected: through + 1n, first } },
      );
    }
    for (const operation of batch.operations) {
      // A batch is one step of the database: with one sequence for all of it no delta can end inside.
      if (operation.sequence > through) operations.push({ ...operation, sequence: last });
    }
    through = last;
    latest = { first, last, bytes };
  }
  return {
    operations,
    through,
    lastBatch: latest && {
      first: latest.first,
      last: latest.last,
      sha256: createHash('sha256').update(latest.bytes).digest('hex'),
    },
  };
}
