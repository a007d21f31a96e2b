import { errorMessage, isError, StagedReprocessError } from '../errors.ts';

/** Bytes of the log are not what was written. */
export function logCorrupt(why: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_DELTA_LOG_CORRUPT', `The delta log: ${why}`, { cause });
}

/** The log's storage refused its service. */
export function storageFailed(what: string, error: unknown): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_DELTA_LOG_FAILED',
    `The delta log ${what}: ${errorMessage(isError(error) ? (error.cause ?? error) : error)}`,
    { cause: error },
  );
}

export function logClosed(): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_CLOSED', 'The delta log is closed');
}
