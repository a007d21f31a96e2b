/**
 * Where the control record and the run history are kept, durably, and what makes one process the owner.
 */
export interface ControlStore {
  /**
   * Opens and locks.
   *
   * @throws StagedReprocessError `REPROCESS_LOCKED`, `REPROCESS_CONTROL_CORRUPT` or `REPROCESS_CONTROL_FAILED`.
   */
  open(): Promise<void>;
  /** The record as it was written last; `undefined` when there is none. */
  readRecord(): Promise<string | undefined>;
  /** Replaces the record and, when it is given, the run history in the same write; durable when it resolves. */
  writeRecord(text: string, runs?: string): Promise<void>;
  /** The run history as it was written last; `undefined` when there is none. */
  readRuns(): Promise<string | undefined>;
  close(): Promise<void>;
}
