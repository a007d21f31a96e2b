import {
  errorCode,
  errorMessage,
  isReprocessError,
  StagedReprocessError,
  type ReprocessErrorCode,
} from '../../errors.ts';

const CLOSED = ['LEVEL_DATABASE_NOT_OPEN', 'LEVEL_ITERATOR_NOT_OPEN', 'LEVEL_SNAPSHOT_NOT_OPEN'];

/** Runs a call of LevelDB; what it throws becomes an error with a code. `done` says what could not be done. */
export async function reading<T>(read: () => Promise<T>, done: string): Promise<T> {
  try {
    return await read();
  } catch (error) {
    throw isReprocessError(error) ? error : overlayError(error, done);
  }
}

export function overlayError(error: unknown, done: string): StagedReprocessError {
  const message = `The overlay of a mirror cannot be ${done}: ${errorMessage(error)}`;
  const failed = (code: ReprocessErrorCode): StagedReprocessError =>
    new StagedReprocessError(code, message, { cause: error });
  const reason = errorCode(error);
  if (reason === 'LEVEL_LOCKED') return failed('REPROCESS_LOCKED');
  if (reason !== undefined && CLOSED.includes(reason)) return failed('REPROCESS_HANDLE_CLOSED');
  if (/no space/i.test(message)) return failed('REPROCESS_DISK_SPACE');
  // LevelDB has one code for damage and another for everything that it did not expect, damage among it.
  const isOutside = /permission|denied|read-only|too many open/i.test(message);
  return failed(isOutside ? 'REPROCESS_SOURCE_FAILED' : 'REPROCESS_SOURCE_CORRUPT');
}
