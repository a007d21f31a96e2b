import type { EntryOf, StoreAdapter } from '../store/store.ts';
import type { TransactionTable } from '../store/transaction-table.ts';
import type { SourceEvent } from '../source/delta.ts';
import type { Finding, QuarantinedRecord, TableName } from './context.ts';

/**
 * What a task has to apply: the events of its `sourceTables` (of all tables when that list is empty), in order. The
 * engine may join or cut the deltas that the host has sent; the delta law makes that no difference.
 *
 * @public
 */
export interface TaskDelta {
  readonly after: bigint;
  readonly through: bigint;
  readonly events: readonly SourceEvent[];
}

/**
 * All that a task may touch while it applies a delta. It dies with the promise of `process`: whatever is used later
 * throws `REPROCESS_HANDLE_CLOSED` and changes no byte.
 *
 * What is written goes into the store in one commit together with the applied sequence, once all tasks of the store
 * have applied the delta; until then only this store's tasks see it.
 *
 * @public
 */
export interface DeltaContext<A extends StoreAdapter = StoreAdapter> {
  /** Aborted when the work is no longer wanted, for example when the reprocessor is being closed. */
  readonly signal: AbortSignal;
  /** One table of the task's own store, readable and writable. */
  table<T extends TableName<A>>(table: T): TransactionTable<EntryOf<A, T>>;
  /**
   * Sets a record aside that cannot be decoded or is impossible: it contributes nothing. Counted; the first ones are kept
   * in the status. Throws `REPROCESS_QUARANTINED` past `maxQuarantined`.
   */
  quarantine(record: QuarantinedRecord): void;
  /** Counts something that the operator should know and that is no error. */
  finding(finding: Finding): void;
  /**
   * Says that everything before `position` (an index into the delta's events) is done for one part of the task's work.
   * When `process` then fails, what was written up to this call is kept, and the one retry is told the position.
   */
  seek(part: string, position: number): void;
  /** Where each part had got to when the first attempt failed; empty on a first attempt. */
  readonly seekPositions: ReadonlyMap<string, number>;
}
