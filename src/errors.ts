import { inspect, types } from 'node:util';

/**
 * Every code that this library raises. Codes are stable between major versions; messages are not.
 *
 * @public
 */
export const REPROCESS_CODES = [
  /** The caller's signal was aborted, or `close()` ended the run. `cause` is the signal's reason. */
  'REPROCESS_ABORTED',
  /** A run is going on already. */
  'REPROCESS_ALREADY_RUNNING',
  /** An Ozone Manager answered with something that cannot be understood. */
  'REPROCESS_ANSWER_INVALID',
  /** An archive is truncated, or holds something that must not be unpacked. */
  'REPROCESS_ARCHIVE_INVALID',
  /** An Ozone Manager asks for authentication that was not given, or refused what was given. */
  'REPROCESS_AUTHENTICATION',
  /** A write batch of the database that is followed is truncated or damaged. */
  'REPROCESS_BATCH_CORRUPT',
  /** A write batch holds an operation that this library does not know; the message names it. */
  'REPROCESS_BATCH_UNSUPPORTED',
  /** The same failure came again and again; no run starts until the circuit is reset or its time is over. */
  'REPROCESS_CIRCUIT_OPEN',
  /** The reprocessor is closed or closing. */
  'REPROCESS_CLOSED',
  /** The durable record and the stores contradict each other, or the record is damaged. */
  'REPROCESS_CONTROL_CORRUPT',
  /** The durable record could not be written or read. */
  'REPROCESS_CONTROL_FAILED',
  /** The delta log is damaged, or was written with another codec. */
  'REPROCESS_DELTA_LOG_CORRUPT',
  /** The delta log could not be written or read: the deltas concerned are not in it. */
  'REPROCESS_DELTA_LOG_FAILED',
  /** The delta log was full, and its policy is to drop it and to take a new snapshot. */
  'REPROCESS_DELTA_LOG_OVERFLOW',
  /** Not enough free space for the staged generations. */
  'REPROCESS_DISK_SPACE',
  /** A write batch names a column family that the checkpoint does not have. */
  'REPROCESS_FAMILY_UNKNOWN',
  /** Data lies here that this library did not create for this data directory. */
  'REPROCESS_FOREIGN_DATA',
  /** Written by a newer version of this library. */
  'REPROCESS_FORMAT_NEWER',
  /** No such generation is kept. */
  'REPROCESS_GENERATION_UNKNOWN',
  /** A handle was used after the promise that it belongs to had settled. */
  'REPROCESS_HANDLE_CLOSED',
  /** The followed database has another history: the sequence lies in its future, or other changes stand there. */
  'REPROCESS_HISTORY_CHANGED',
  /** Two tasks wrote different values under one key of a table without a merge rule. */
  'REPROCESS_KEY_CONFLICT',
  /** A sink that was declared ascending got a key that is not greater than the one before. */
  'REPROCESS_KEY_ORDER',
  /** Another Ozone Manager became the leader while a checkpoint was fetched. */
  'REPROCESS_LEADER_CHANGED',
  /** A lease was used after its release. */
  'REPROCESS_LEASE_RELEASED',
  /** A lease was revoked because it was held too long. */
  'REPROCESS_LEASE_REVOKED',
  /** Another process, or another reprocessor of this process, holds the directory. */
  'REPROCESS_LOCKED',
  /** The delta log no longer holds what a retained generation would have to be caught up with. */
  'REPROCESS_LOG_TRUNCATED',
  /** An optional peer dependency is not installed. */
  'REPROCESS_MISSING_PEER',
  /** Data is live already, where there must be none. */
  'REPROCESS_NOT_EMPTY',
  /** Nothing has been switched in yet, the store is not rebuilt yet, or no switch is held back. */
  'REPROCESS_NOT_READY',
  /** No source was given to the reprocessor or to the call. */
  'REPROCESS_NO_SOURCE',
  /** No Ozone Manager could be reached, or none of them is the leader; tried again by itself. */
  'REPROCESS_OM_UNAVAILABLE',
  /** More rows were quarantined than `maxQuarantined` allows. */
  'REPROCESS_QUARANTINED',
  /** Source changes are missing: between two deltas, or between a snapshot and the live data. */
  'REPROCESS_SEQUENCE_GAP',
  /** The source changed while it was read. */
  'REPROCESS_SOURCE_CHANGED',
  /** The source's bytes are damaged. */
  'REPROCESS_SOURCE_CORRUPT',
  /** The source could not be opened or read. */
  'REPROCESS_SOURCE_FAILED',
  /** This is not a database of the expected kind. */
  'REPROCESS_SOURCE_INVALID',
  /** The source uses a feature that the reader does not support; the message names it. */
  'REPROCESS_SOURCE_UNSUPPORTED',
  /** A store could not be opened: its data is damaged. */
  'REPROCESS_STORE_CORRUPT',
  /** A store failed in the step that `details.step` names. */
  'REPROCESS_STORE_FAILED',
  /** The switch failed and was undone. */
  'REPROCESS_SWITCH_FAILED',
  /** A task threw, or returned a failure. */
  'REPROCESS_TASK_FAILED',
  /** A task is not usable: it returned itself as staged, or its module has no such export. */
  'REPROCESS_TASK_INVALID',
  /** A task did not end within its time. */
  'REPROCESS_TASK_TIMEOUT',
  /** A generation was built by another version of a task than the one that runs. */
  'REPROCESS_TASK_VERSION',
  /** A decision could not be written or read back; the old data is served until the directory is reopened. */
  'REPROCESS_UNDECIDED',
  /** The staged data is not what was written, or the shrink guard or a task's own check refused it. */
  'REPROCESS_VERIFY_FAILED',
] as const;

/** @public */
export type ReprocessErrorCode = (typeof REPROCESS_CODES)[number];

/** @public */
export interface ReprocessErrorOptions {
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

/**
 * The one error class of this library. Recognise it by `code`, never by `instanceof`: a project may hold two copies.
 *
 * An outer error says which step failed; its `cause` says why. A programming mistake (a wrong option, an unknown key)
 * is a plain `TypeError` instead.
 *
 * @public
 */
export class StagedReprocessError extends Error {
  readonly code: ReprocessErrorCode;
  /** Plain data about the failure; its keys depend on the code. A failed run carries its whole report as `report`. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ReprocessErrorCode, message: string, options: ReprocessErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code === 'REPROCESS_ABORTED' ? 'AbortError' : 'StagedReprocessError';
    this.code = code;
    this.details = options.details ?? {};
  }
}

/**
 * Whether `error` is one of this library's, and, if a code is given, that one. Works across copies of the library.
 *
 * @public
 */
export function isReprocessError(error: unknown, code?: ReprocessErrorCode): error is StagedReprocessError {
  const own = errorCode(error);
  return code === undefined ? REPROCESS_CODES.some((known) => known === own) : own === code;
}

/** Whether a value is an error of any realm: in a sandbox Node's own errors are no `instanceof Error`. */
export function isError(value: unknown): value is Error {
  return types.isNativeError(value);
}

/** The code of this library's errors, of Node's and of the stores'. */
export function errorCode(error: unknown): string | undefined {
  return isError(error) && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

export function errorMessage(error: unknown): string {
  return isError(error) ? error.message : inspect(error, { depth: 1, breakLength: Infinity });
}

/** The error of an aborted signal: code `REPROCESS_ABORTED`, name `AbortError`, `cause` the signal's reason. */
export function abortError(signal: AbortSignal): StagedReprocessError {
  const reason: unknown = signal.reason;
  if (isReprocessError(reason)) return reason;
  return new StagedReprocessError('REPROCESS_ABORTED', 'The operation was aborted', { cause: reason });
}

/** Throws when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw abortError(signal);
}
