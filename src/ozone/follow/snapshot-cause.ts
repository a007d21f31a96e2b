import type { ReprocessErrorCode, StagedReprocessError } from '../../errors.ts';
import type { SnapshotCause } from './follow-events.ts';

const CAUSES: Partial<Readonly<Record<ReprocessErrorCode, SnapshotCause>>> = {
  REPROCESS_SEQUENCE_GAP: 'changes-gone',
  REPROCESS_HISTORY_CHANGED: 'history-changed',
  REPROCESS_ANSWER_INVALID: 'changes-damaged',
  REPROCESS_BATCH_CORRUPT: 'changes-damaged',
  REPROCESS_BATCH_UNSUPPORTED: 'changes-damaged',
  REPROCESS_FAMILY_UNKNOWN: 'changes-damaged',
  // The copy itself cannot be read, or not any more.
  REPROCESS_SOURCE_CHANGED: 'changes-damaged',
  REPROCESS_SOURCE_CORRUPT: 'changes-damaged',
  REPROCESS_SOURCE_INVALID: 'changes-damaged',
};

/** Whether only a new checkpoint helps, and why. What may pass by itself (a network error, a full disk) has no cause. */
export function snapshotCause({ code }: StagedReprocessError): SnapshotCause | undefined {
  return CAUSES[code];
}
