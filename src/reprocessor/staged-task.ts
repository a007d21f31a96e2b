import { isReprocessError, StagedReprocessError } from '../errors.ts';
import type { ReconOmTask } from '../task/task.ts';

/** What makes a task's staged twin, if it has one. The context is what keeps a task from the live data either way. */
export function stagedTaskOf(task: ReconOmTask): ReconOmTask {
  if (task.getStagedTask === undefined) return task;
  const staged = task.getStagedTask();
  if (staged !== task) return staged;
  throw new StagedReprocessError(
    'REPROCESS_TASK_INVALID',
    `Task '${task.taskName}' returned itself as its staged task`,
    { details: { task: task.taskName } },
  );
}

/** Errors that say more than that the task has failed: they are told as they are. */
const TOLD_AS_THEY_ARE: readonly string[] = [
  'REPROCESS_TASK_TIMEOUT',
  'REPROCESS_TASK_INVALID',
  'REPROCESS_QUARANTINED',
  'REPROCESS_SOURCE_CHANGED',
  'REPROCESS_SOURCE_CORRUPT',
  'REPROCESS_SOURCE_FAILED',
  'REPROCESS_SOURCE_UNSUPPORTED',
  'REPROCESS_STORE_FAILED',
];

/** The error that ends a run because of a task. */
export function taskError(taskName: string, error: unknown): StagedReprocessError {
  if (isReprocessError(error) && TOLD_AS_THEY_ARE.includes(error.code)) return error;
  return new StagedReprocessError('REPROCESS_TASK_FAILED', `Task '${taskName}' failed`, {
    details: { task: taskName },
    cause: error,
  });
}
