import type { Delta } from '../../source/delta.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import type { AppliedBatch } from './overlay-state.ts';

/** @public */
export interface PrepareOptions {
  /** Ends the preparation early, with `REPROCESS_ABORTED`. */
  readonly signal?: AbortSignal;
}

/** One copy of an Ozone Manager's database: a checkpoint, and the changes that were applied since. @public */
export interface MirrorCopy {
  /** Random; names this copy, also after reopening. */
  readonly id: string;
  /** The history that its sequences count in. */
  readonly history: string;
  /** The node that the checkpoint came from, when `stage` was told. */
  readonly leader: string | undefined;
  /** The sequence of its checkpoint. */
  readonly base: bigint;
  /** Everything up to and with it is in this copy. */
  readonly sequence: bigint;
  /** The last batch that was applied; `undefined` when none was since the checkpoint. */
  readonly lastBatch: AppliedBatch | undefined;
  /** Column families but `default`. */
  readonly tables: readonly string[];
  /** How its checkpoint was taken in; `undefined` once the mirror was reopened. */
  readonly taken: 'linked' | 'copied' | 'unpacked' | undefined;
  /** Bytes of its checkpoint. */
  estimateBytes(): number;
  /**
   * The rows as they are now; later changes do not touch them. Its `history` is the copy's, its `cursor` `{ mirror: id }`. Whoever
   * opens it closes it; until then the copy is not deleted.
   *
   * @throws StagedReprocessError `REPROCESS_HANDLE_CLOSED` when the copy was replaced or the mirror closed.
   */
  openSnapshot(): Promise<SourceSnapshot>;
  /**
   * Turns raw RocksDB write batches into a delta, and writes nothing yet. What the copy has already is left out; with nothing new
   * the delta is empty and its `through` is its `after`. The events hold views of the batches' bytes: do not use those again.
   *
   * Consume the delta first, then `commit`: so the copy is never ahead of the delta log, and after a crash the same batches give
   * the same events again.
   *
   * @throws StagedReprocessError `REPROCESS_SEQUENCE_GAP` when a batch begins later than where the copy or the batch before ended,
   * `REPROCESS_BATCH_CORRUPT`, `REPROCESS_BATCH_UNSUPPORTED`, `REPROCESS_FAMILY_UNKNOWN`, `REPROCESS_SOURCE_CORRUPT` and its like
   * when the copy itself cannot be read, `REPROCESS_ABORTED`, `REPROCESS_HANDLE_CLOSED`. Then nothing of any batch is taken.
   */
  prepare(batches: readonly Uint8Array[], options?: PrepareOptions): Promise<PreparedUpdate>;
}

/** Write batches, read and not yet written to the copy that read them. @public */
export interface PreparedUpdate {
  /**
   * In the copy's history, with the cursor `{ mirror: id }`. Old and new bytes are as of each event; all events of a batch have the
   * sequence that it ends at.
   */
  readonly delta: Delta;
  /**
   * Writes rows, sequence and last batch to the copy, durably and at once. May be called again: after a failure to try again, else
   * for nothing.
   *
   * @throws StagedReprocessError `REPROCESS_HANDLE_CLOSED` when another update was committed since this one was prepared, or the
   * copy is closed; `REPROCESS_SOURCE_FAILED`, `REPROCESS_DISK_SPACE`.
   */
  commit(): Promise<void>;
}
