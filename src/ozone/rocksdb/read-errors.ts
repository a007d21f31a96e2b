import { errorCode, StagedReprocessError } from '../../errors.ts';

/** Damaged bytes: `REPROCESS_SOURCE_CORRUPT` with the file and the offset at which the damage was seen. */
export function damaged(file: string, offset: number, what: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_SOURCE_CORRUPT',
    `${file} is damaged at offset ${offset}: ${what}`,
    {
      details: { file, offset },
      cause,
    },
  );
}

/** Whole bytes that this reader has no code for: `REPROCESS_SOURCE_UNSUPPORTED`, naming the feature. */
export function unsupported(file: string, feature: string): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_SOURCE_UNSUPPORTED',
    `${file} uses ${feature}, which is not supported`,
    {
      details: { file, feature },
    },
  );
}

/** The directory is no checkpoint at all. */
export function notACheckpoint(directory: string, why: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_SOURCE_INVALID', `${directory} is no checkpoint: ${why}`, {
    details: { directory },
    cause,
  });
}

/** Somebody writes to the directory. */
export function changedWhileRead(directory: string, what: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_SOURCE_CHANGED',
    `${directory} changed while it was read: ${what}. Read a checkpoint, not an open database`,
    { details: { directory }, cause },
  );
}

/** The operating system refused a file; what that means depends on where it happened, so the caller says. */
export function readFailed(file: string, cause: unknown): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_SOURCE_FAILED', `${file} could not be read`, {
    details: { file },
    cause,
  });
}

/** Whether the operating system says that there is no such file. */
export function isMissing(error: unknown): boolean {
  const code = errorCode(error);
  return code === 'ENOENT' || code === 'ENOTDIR';
}
