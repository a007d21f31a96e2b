import type { RunProgress } from '../index.ts';

/**
 * The progress as far as it can be foreseen. A task that takes its tables from the snapshot makes the whole run open-ended
 * for the engine; but it reads in passes that it shares with the others, so theirs tell how far the run is.
 */
export function knownProgress(run: RunProgress): RunProgress {
  if (run.rowsEstimated !== undefined) return run;
  let rowsDone = 0;
  let rowsEstimated = 0;
  for (const { rowsDone: done, rowsEstimated: estimated } of run.tasks.flatMap(({ tables }) =>
    Object.values(tables),
  )) {
    if (estimated === undefined) continue;
    rowsDone += done;
    rowsEstimated += Math.max(done, estimated);
  }
  if (rowsEstimated === 0 || run.rowsDone === 0) return run;
  const rowsPerSecond = (run.rowsPerSecond * rowsDone) / run.rowsDone;
  const etaMs = rowsPerSecond > 0 ? ((rowsEstimated - rowsDone) * 1000) / rowsPerSecond : undefined;
  return { ...run, rowsDone, rowsEstimated, rowsPerSecond, etaMs };
}
