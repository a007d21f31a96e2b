import { isError } from '../errors.ts';

/** The command line itself is wrong: exit code 2, and the message says what was expected. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function isUsageError(error: unknown): error is UsageError {
  return isError(error) && error.name === 'UsageError';
}
