import { abortError, errorCode, errorMessage, isReprocessError, StagedReprocessError } from '../../errors.ts';

/** The archive is truncated, or holds something that must not be unpacked. */
export function invalidArchive(file: string, why: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_ARCHIVE_INVALID', `${file} cannot be unpacked: ${why}`, {
    details: { file },
    cause,
  });
}

/** Gives whatever went wrong while an archive was unpacked its code. */
export function unpackError(file: string, error: unknown, signal: AbortSignal | undefined): Error {
  if (signal?.aborted === true) return abortError(signal);
  if (isReprocessError(error)) return error;
  const code = errorCode(error) ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new StagedReprocessError('REPROCESS_DISK_SPACE', `No space is left to unpack ${file}`, {
      cause: error,
    });
  }
  // Damaged gzip data has a code of zlib's; what the tar parser says has none.
  if (code === '' || code.startsWith('Z_') || code === 'ERR_STREAM_PREMATURE_CLOSE') {
    return invalidArchive(file, `it is truncated or damaged (${errorMessage(error)})`, error);
  }
  return new StagedReprocessError('REPROCESS_SOURCE_FAILED', `${file} could not be unpacked`, {
    cause: error,
  });
}
