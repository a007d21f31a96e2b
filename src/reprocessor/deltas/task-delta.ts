import type { StoreTransaction } from '../../store/store-transaction.ts';
import type { TaskDelta } from '../../task/delta-context.ts';
import type { ReconOmTask } from '../../task/task.ts';
import type { Engine } from '../engine.ts';
import type { SetAsideDraft } from './set-aside.ts';
import { taskError } from '../staged-task.ts';
import { contextEnded, deltaOfTask, taskContext } from './task-context.ts';
import { withinTime } from '../within-time.ts';

/** One delta for one task: its context dies with each attempt. */
export interface TaskDeltaRequest {
  readonly task: ReconOmTask;
  readonly delta: TaskDelta;
  readonly transaction: StoreTransaction;
  readonly aside: SetAsideDraft;
  readonly signal: AbortSignal;
}

/**
 * Lets one task apply one delta inside the store's transaction. A failed attempt is taken back to the task's last seek, and
 * made once more from there; what it then throws is the task's failure.
 */
export async function applyToTask(engine: Engine, request: TaskDeltaRequest): Promise<void> {
  const { task, transaction, signal } = request;
  const delta = deltaOfTask(task, request.delta);
  if (delta === undefined) return;
  const positions = new Map<string, number>();
  transaction.savepoint();
  try {
    await attempt(engine, request, delta, positions);
  } catch (error) {
    transaction.undo();
    if (signal.aborted) throw error;
    engine.announcer.info('A task failed to apply a delta and is tried once more', {
      task: task.taskName,
      through: delta.through,
      seekPositions: [...positions],
    });
    try {
      await attempt(engine, request, delta, positions);
    } catch (second) {
      throw request.signal.aborted ? second : taskError(task.taskName, second);
    }
  }
}

async function attempt(
  engine: Engine,
  request: TaskDeltaRequest,
  delta: TaskDelta,
  positions: Map<string, number>,
): Promise<void> {
  const { task, transaction, signal } = request;
  const { taskName } = task;
  const aside = request.aside.attempt();
  let alive = true;
  const context = taskContext({
    transaction,
    positions,
    signal,
    check: () => {
      if (!alive) throw contextEnded(taskName);
    },
    quarantine: (record) => {
      aside.quarantine(record);
    },
    finding: (finding) => {
      aside.find(finding);
    },
    onSeek: () => {
      aside.keep();
    },
  });
  const { clock, taskTimeoutMs: timeoutMs } = engine.options;
  const work = Promise.resolve().then(() => task.process?.(delta, context));
  const what = `process() of task '${taskName}'`;
  try {
    const result = await withinTime(work, { clock, timeoutMs, signal, what, details: { task: taskName } });
    if (result?.success === false) throw new Error(result.message ?? 'The task returned a failure');
    aside.check();
    aside.keep();
  } finally {
    alive = false;
  }
}
