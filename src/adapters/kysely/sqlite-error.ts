import { setTimeout as delay } from 'node:timers/promises';
import { types } from 'node:util';
import { StagedReprocessError, isReprocessError, throwIfAborted } from '../../errors.ts';

/** The SQLite result code of an error, for example `SQLITE_BUSY_SNAPSHOT`; `''` when it has none. */
export function sqliteCode(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' && error.code.startsWith('SQLITE_') ? error.code : '';
}

/** What an error says, whatever it is: those of better-sqlite3 are not even native errors. */
export function messageOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'message' in error) return String(error.message);
  return String(error);
}

/** Whether another connection was in the way, so that the same call may succeed a moment later. */
export function isBusy(error: unknown): boolean {
  return /^SQLITE_(BUSY|LOCKED|PROTOCOL)/.test(sqliteCode(error));
}

/** Whether the file is not what SQLite wrote. */
export function isDamaged(error: unknown): boolean {
  return /^SQLITE_(CORRUPT|NOTADB|FORMAT)/.test(sqliteCode(error));
}

/** An error of this library for what went wrong in `step`; one that is this library's already stays as it is. */
export function storeError(storeName: string, step: string, cause: unknown): Error {
  if (isReprocessError(cause) || (types.isNativeError(cause) && cause.name === 'TypeError')) return cause;
  return new StagedReprocessError(
    isDamaged(cause) ? 'REPROCESS_STORE_CORRUPT' : 'REPROCESS_STORE_FAILED',
    `Store \`${storeName}\` failed in \`${step}\`: ${messageOf(cause)}`,
    { details: { store: storeName, step }, cause },
  );
}

export interface RetryOptions {
  /** Milliseconds after which the last error is thrown. */
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Calls `attempt` until it does not find the file busy. SQLite's own waiting (`busy_timeout`) would stop the event
 * loop; here the host goes on meanwhile.
 */
export async function whenNotBusy<Result>(attempt: () => Result, options: RetryOptions): Promise<Result> {
  const start = performance.now();
  for (let pauseMs = 1; ; pauseMs = Math.min(pauseMs * 2, 50)) {
    throwIfAborted(options.signal);
    try {
      return attempt();
    } catch (error) {
      if (!isBusy(error) || performance.now() - start >= options.limitMs) throw error;
    }
    await delay(pauseMs);
  }
}
