import { withoutSwitch } from '../control/record-changes.ts';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { errorReport } from './report.ts';
import { sweep } from './retire.ts';
import type { StagedGeneration } from './stage.ts';

export interface FailedRun {
  /** The number of the run, once it has one. */
  readonly generation: number | undefined;
  readonly staged: ReadonlyMap<string, StagedGeneration>;
  /** What ended it. */
  readonly error: unknown;
  readonly signal: AbortSignal;
}

export interface RolledBack {
  readonly aborted: boolean;
  /** What the caller is told: what ended the run, as an abort or an open decision where it is one. */
  readonly error: unknown;
  /** What went wrong while the run was undone; it never hides `error`. */
  readonly rollbackError: unknown;
}

/** Takes the machine through `ROLLING_BACK` and undoes a run that failed or was aborted. */
export async function rollBack(engine: Engine, failed: FailedRun): Promise<RolledBack> {
  const { generation, signal } = failed;
  const mayBeDecided = engine.phase.state === 'COMMITTING';
  engine.phase.send('FAIL');
  engine.announcer.emit('rollback:begin', { generation });
  const undoError = await undo(engine, failed, mayBeDecided);
  const { undecided } = engine;
  const aborted = undecided === undefined && isAbort(failed.error, signal);
  engine.phase.send(aborted ? 'ABORTED' : 'FAILED');
  const rollbackError = undoError ?? rollbackErrorOf(undecided ?? failed.error);
  engine.announcer.emit('rollback:end', {
    generation,
    error: rollbackError === undefined ? undefined : errorReport(rollbackError),
  });
  const error = undecided ?? (aborted ? aborting(signal) : failed.error);
  return { aborted, error, rollbackError };
}

/**
 * The record forgets the switch and marks what was staged, then it is deleted. When a decision could not be written
 * nothing is touched: the disk may hold either, and reopening reads it back.
 */
async function undo(engine: Engine, failed: FailedRun, mayBeDecided: boolean): Promise<unknown> {
  let failure = await dropSorted(failed.staged);
  if (engine.undecided !== undefined) return failure;
  try {
    await engine.control.update(withoutSwitch);
  } catch (error) {
    failure ??= error;
    if (mayBeDecided) {
      engine.undecided = new StagedReprocessError(
        'REPROCESS_UNDECIDED',
        'The intent of a switch may be on disk and could not be taken back. The old data is served; it is read back when the directory is reopened',
        { cause: failed.error, details: { rollbackError: error } },
      );
    }
    return failure;
  }
  await sweep(engine);
  await engine.failPoint('rollback:end').catch((error: unknown) => {
    failure ??= error;
  });
  return failure;
}

/** Removes what the tables of a run had sorted on disk. */
async function dropSorted(staged: ReadonlyMap<string, StagedGeneration>): Promise<unknown> {
  let failure: unknown;
  for (const { tables } of staged.values()) {
    for (const table of tables.values()) {
      await table.discard().catch((error: unknown) => {
        failure ??= error;
      });
    }
  }
  return failure;
}

function isAbort(error: unknown, signal: AbortSignal): boolean {
  if (!signal.aborted) return false;
  if (error === signal.reason || isReprocessError(error, 'REPROCESS_ABORTED')) return true;
  return isReprocessError(error) && error.cause === signal.reason;
}

function aborting(signal: AbortSignal): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_ABORTED', 'The run was aborted', { cause: signal.reason });
}

function rollbackErrorOf(error: unknown): unknown {
  return isReprocessError(error) ? error.details['rollbackError'] : undefined;
}
