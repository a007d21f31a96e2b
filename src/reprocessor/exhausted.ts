import { errorCode, errorMessage, isError } from '../errors.ts';

const CODES: readonly string[] = [
  'REPROCESS_DISK_SPACE',
  'ENOSPC',
  'EDQUOT',
  'EMFILE',
  'ENFILE',
  'ENOMEM',
  'SQLITE_FULL',
  'SQLITE_NOMEM',
];

/** LevelDB has no code for it. */
const MESSAGE = /no space left|disk quota exceeded|too many open files|cannot allocate memory/i;

/** Whether an error, or one of its causes, says that a resource has run out: trying again soon makes it worse. */
export function isExhausted(error: unknown): boolean {
  let current = error;
  // The limit is for causes that go in a circle.
  for (let depth = 0; depth < 10 && isError(current); depth++) {
    if (CODES.includes(errorCode(current) ?? '') || MESSAGE.test(errorMessage(current))) return true;
    current = current.cause;
  }
  return false;
}
