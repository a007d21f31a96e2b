import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout } from 'node:timers/promises';

/** What Node's own monitor saw: its timer of 1 ms included, so that an idle loop shows a little over 1. */
export interface LoopDelay {
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** Long enough for the monitor to look at least once. */
const LOOK_MS = 3;

/** Watches the event loop while `work` runs, which may keep it from turning at all: that shows in the look behind it. */
export async function withLoopDelay<T>(work: () => Promise<T>): Promise<{ result: T; delay: LoopDelay }> {
  const monitor = monitorEventLoopDelay({ resolution: 1 });
  monitor.enable();
  try {
    // It measures from look to look, so that it must have looked before (a `reset` would make it forget that).
    await setTimeout(LOOK_MS);
    const result = await work();
    await setTimeout(LOOK_MS);
    return { result, delay: { p99Ms: monitor.percentile(99) / 1e6, maxMs: monitor.max / 1e6 } };
  } finally {
    monitor.disable();
  }
}
