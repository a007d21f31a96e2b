import type { Clock } from '../clock.ts';
import { abortError, StagedReprocessError } from '../errors.ts';

export interface TimeLimit {
  readonly clock: Clock;
  /** 0 for no limit. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** Completes "... did not end within ... ms". */
  readonly what: string;
  readonly details: Readonly<Record<string, unknown>>;
}

/** Waits for a host's own code, but not beyond an abort: code that hangs is left behind. */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop = (): void => undefined;
  const ended = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => {
      reject(abortError(signal));
    };
    stop = () => {
      signal.removeEventListener('abort', onAbort);
    };
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, ended]);
  } finally {
    stop();
  }
}

/**
 * Waits for a task's own code, but not longer than allowed, and not beyond an abort. Code that hangs cannot be killed in
 * this thread: it is left behind, and whatever it was given is dead.
 */
export async function withinTime<T>(work: Promise<T>, limit: TimeLimit): Promise<T> {
  const { clock, timeoutMs, signal, what, details } = limit;
  const late = new AbortController();
  const onTimeout = (): void => {
    const message = `${what} did not end within ${String(timeoutMs)} ms`;
    late.abort(
      new StagedReprocessError('REPROCESS_TASK_TIMEOUT', message, { details: { ...details, timeoutMs } }),
    );
  };
  const cancelTimer = timeoutMs === 0 ? undefined : clock.setTimer(onTimeout, timeoutMs);
  try {
    return await untilAborted(work, AbortSignal.any([signal, late.signal]));
  } finally {
    cancelTimer?.();
  }
}

/** A signal that is aborted `graceMs` after another one was, with the same reason. `end` leaves no timer behind. */
export function graceAfter(
  signal: AbortSignal,
  clock: Clock,
  graceMs: number,
): { readonly signal: AbortSignal; readonly end: () => void } {
  const late = new AbortController();
  let cancelTimer = (): void => undefined;
  const onAbort = (): void => {
    cancelTimer = clock.setTimer(
      () => {
        late.abort(signal.reason);
      },
      graceMs,
      { awaited: true },
    );
  };
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  return {
    signal: late.signal,
    end: () => {
      signal.removeEventListener('abort', onAbort);
      cancelTimer();
    },
  };
}
