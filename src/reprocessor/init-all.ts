import { StagedReprocessError } from '../errors.ts';
import type { ReconOmTask } from '../task/task.ts';

/** Calls every task's `init()` at open, where a failure means that nothing is served. */
export async function initAll(tasks: readonly ReconOmTask[]): Promise<void> {
  for (const task of tasks) {
    try {
      await task.init?.();
    } catch (error) {
      throw new StagedReprocessError('REPROCESS_TASK_FAILED', `Task '${task.taskName}' failed in init()`, {
        details: { task: task.taskName },
        cause: error,
      });
    }
  }
}
