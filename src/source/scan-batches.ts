import { setImmediate } from 'node:timers/promises';
import { abortError, throwIfAborted } from '../errors.ts';
import { RowArena } from './row-arena.ts';
import type { ScanOptions, ScanVisitor } from './source.ts';

/** A batch ends after this many bytes or rows, whichever comes first. */
export const BATCH_BYTES = 256 << 10;
export const BATCH_ROWS = 1024;

/**
 * Visits batches until `fill` says that there is no more, and gives the event loop a turn between two of them.
 *
 * `fill` puts the next rows into an empty arena and tells whether there may be more.
 */
export async function scanBatches(
  fill: (batch: RowArena) => Promise<boolean> | boolean,
  visitor: ScanVisitor,
  options: ScanOptions = {},
): Promise<void> {
  const { signal } = options;
  const batch = new RowArena();
  for (let more = true; more;) {
    throwIfAborted(signal);
    batch.clear();
    more = await fill(batch);
    throwIfAborted(signal);
    if (batch.length > 0) await untilAborted(visitor.rows(batch), signal);
    if (more) await setImmediate();
  }
  throwIfAborted(signal);
  await untilAborted(visitor.end?.(), signal);
}

/** A visitor that waits must not hold an aborted scan back. */
export async function untilAborted(
  work: Promise<void> | void,
  signal: AbortSignal | undefined,
): Promise<void> {
  if (work === undefined || signal === undefined) return work;
  let onAbort: (() => void) | undefined;
  const aborted = new Promise<never>((_, reject) => {
    onAbort = () => {
      reject(abortError(signal));
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort);
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    if (onAbort !== undefined) signal.removeEventListener('abort', onAbort);
  }
}
