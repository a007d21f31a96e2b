import { errorMessage, isError } from '../errors.ts';

/** What the innermost cause of an error says: the steps around it have told only where it happened. */
export function rootCause(error: unknown): string {
  let inner = error;
  // Causes of a foreign error may go round in a circle.
  for (let depth = 0; depth < MAX_DEPTH && isError(inner) && inner.cause !== undefined; depth++) {
    inner = inner.cause;
  }
  return errorMessage(inner);
}

const MAX_DEPTH = 20;
