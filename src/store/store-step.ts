import { isReprocessError, StagedReprocessError } from '../errors.ts';

/** What the engine itself throws while it works with a store: it has a code of its own, and the store is not to blame. */
const OF_THE_ENGINE: readonly string[] = [
  'REPROCESS_ABORTED',
  'REPROCESS_CLOSED',
  'REPROCESS_KEY_CONFLICT',
  'REPROCESS_MISSING_PEER',
  'REPROCESS_VERIFY_FAILED',
];

/** Calls an adapter; what it throws says which store failed in which step. */
export async function storeStep<T>(store: string, step: string, call: () => Promise<T> | T): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw storeError(store, step, error);
  }
}

/** The error of a store in a step; one that says so already stays as it is. */
export function storeError(store: string, step: string, error: unknown): StagedReprocessError {
  if (isReprocessError(error) && (error.details['store'] === store || OF_THE_ENGINE.includes(error.code))) {
    return error;
  }
  // An adapter need not name its store, and damage is no failure that passes.
  const code = isReprocessError(error, 'REPROCESS_STORE_CORRUPT') ? error.code : 'REPROCESS_STORE_FAILED';
  return new StagedReprocessError(code, `Store '${store}' failed in step '${step}'`, {
    details: { store, step },
    cause: error,
  });
}
