import type { StagedReprocessError } from '../../errors.ts';

/**
 * Why a whole checkpoint is fetched: there is none yet; the Ozone Manager no longer has the changes since the last; it has
 * another history than the mirror; or what it sent could not be used.
 *
 * @public
 */
export type SnapshotCause = 'first' | 'changes-gone' | 'history-changed' | 'changes-damaged';

/** @public */
export type OmFollowEvent =
  /** Changes were taken; `latest` is the sequence that the Ozone Manager has reached. */
  | { readonly type: 'updates'; readonly sequence: bigint; readonly latest: bigint; readonly events: number }
  /** Nothing is new. */
  | { readonly type: 'idle'; readonly sequence: bigint }
  /** A checkpoint is being fetched. */
  | { readonly type: 'snapshot:begin'; readonly cause: SnapshotCause; readonly error: Error | undefined }
  /** Bytes of the checkpoint so far. */
  | { readonly type: 'snapshot:bytes'; readonly bytes: number }
  /** It lies beside the live copy; the reprocessor rebuilds from it. */
  | { readonly type: 'rebuild:begin'; readonly sequence: bigint }
  /** What was rebuilt from it is live. */
  | { readonly type: 'snapshot:end'; readonly sequence: bigint }
  /** Something failed; it is tried again after so long. */
  | { readonly type: 'failed'; readonly error: StagedReprocessError; readonly retryInMs: number };
