/**
 * Rebuilds derived data beside the live data and switches all stores at one instant.
 *
 * @packageDocumentation
 */
export {
  StagedReprocessError,
  isReprocessError,
  REPROCESS_CODES,
  type ReprocessErrorCode,
  type ReprocessErrorOptions,
} from './errors.ts';
export { StagedReprocessor } from './reprocessor/staged-reprocessor.ts';
export type { ReprocessOptions, RollbackOptions, StartEmptyOptions } from './reprocessor/call-options.ts';
export type { ConsumeOptions } from './reprocessor/deltas/intake.ts';
export type { SwitchCondition } from './reprocessor/deltas/catch-up.ts';
export type { DeltaStatus, WaitingFor } from './reprocessor/delta-status.ts';
export { formatDifferences } from './reprocessor/format-differences.ts';
export type { DeltaCodec } from './log/delta-codec.ts';
export { structuredCloneCodec } from './log/structured-clone-codec.ts';
export type { AcquireOptions } from './reprocessor/lease-desk.ts';
export type { AdoptOptions, OpenOptions, RetryOptions, TaskFor } from './reprocessor/open-options.ts';
export type { Logger } from './reprocessor/logger.ts';
export type { Clock } from './clock.ts';
export { FAIL_POINTS, type FailPoint } from './reprocessor/fail-point.ts';
export {
  LEGAL_TRANSITIONS,
  type LegalTransition,
  type ReprocessMachineEvent,
  type ReprocessState,
} from './reprocessor/machine.ts';
export type { Alert, ReprocessEventName, ReprocessEvents, ReprocessListener } from './reprocessor/events.ts';
export type {
  ErrorReport,
  FindingReport,
  PhaseReport,
  QuarantineReport,
  ReprocessReport,
  RowDifference,
  StoreReport,
  TableDifference,
  TableVerification,
  TaskReport,
  VerificationReport,
} from './reprocessor/report.ts';
export type { ReprocessStatus, RunProgress, StoreStatus } from './reprocessor/status.ts';
export type { TaskProgress } from './reprocessor/progress.ts';
export type { DiagnosedStore, Diagnosis } from './control/diagnose.ts';
export type { LockHolder } from './control/owner-file.ts';
export type { RunSummary } from './control/run-summary.ts';
export type { Lease, Stores } from './store/lease.ts';
export type {
  AdoptedGeneration,
  EntryOf,
  FoundGeneration,
  ReaderOf,
  RowsOf,
  StagedStore,
  StoreAdapter,
  StoreContext,
  StoreInspection,
  StoreMarker,
  StoreSupports,
  StoreSwitch,
  TableLayout,
} from './store/store.ts';
export type { BulkWriter, GenerationWriter, RowBytes } from './store/generation-writer.ts';
export type {
  FrozenRows,
  GenerationView,
  KeyRange,
  OpenGeneration,
  ViewOptions,
} from './store/open-generation.ts';
export type { StoreBatch, TableWrites } from './store/store-batch.ts';
export { defineTask, type ReconOmTask, type TaskResult } from './task/task.ts';
export { taskModule, type TaskModule, type TaskModuleOptions } from './task/task-module.ts';
export type {
  Finding,
  QuarantinedRecord,
  RowOf,
  Sink,
  SinkOptions,
  TableName,
  TaskContext,
} from './task/context.ts';
export type { DeltaContext, TaskDelta } from './task/delta-context.ts';
export type { TaskSnapshot } from './task/snapshot.ts';
export type { Delta, SourceEvent, SourcePosition } from './source/delta.ts';
export type {
  TableEntry,
  TransactionBytes,
  TransactionRange,
  TransactionTable,
} from './store/transaction-table.ts';
export type {
  ReprocessReason,
  RowBatch,
  ScanOptions,
  ScanVisitor,
  SnapshotRequest,
  Source,
  SourceSnapshot,
} from './source/source.ts';
export { memorySource, type MemorySource, type MemorySourceOptions } from './source/memory-source.ts';
export type { BytesOrText } from './source/bytes-or-text.ts';
export { rowBatch } from './source/row-batch.ts';
export { levelSource, type KeyPrefix, type LevelSourceOptions } from './source/level-source.ts';
export type { AnyLevel } from './source/level-snapshot.ts';
