import { expected } from '../store/expected.ts';
import type { ReconOmTask } from '../task/task.ts';
import { isTaskModule, loadTask } from '../task/task-module.ts';
import type { CheckedOptions } from './options.ts';

/** Loads the tasks that are given by module, and checks that all fit together. */
export async function loadTasks(options: CheckedOptions): Promise<readonly ReconOmTask[]> {
  const tasks: ReconOmTask[] = [];
  for (const given of options.tasks) {
    const task = isTaskModule(given) ? await loadTask(given) : given;
    checkTask(task, options, tasks);
    tasks.push(task);
  }
  return tasks;
}

function checkTask(task: ReconOmTask, options: CheckedOptions, before: readonly ReconOmTask[]): void {
  const { taskName, store, version } = task;
  if (taskName === '') throw expected('taskName', 'a name', taskName);
  if (before.some((other) => other.taskName === taskName))
    throw expected('tasks', 'of different names', taskName);
  if (!Number.isSafeInteger(version) || version < 0) {
    throw expected(`version of task '${taskName}'`, 'an integer of at least 0', version);
  }
  if (!isPlainJson(task.dataOptions)) {
    throw expected(`dataOptions of task '${taskName}'`, 'plain JSON', task.dataOptions);
  }
  const adapter = options.stores[store];
  if (adapter === undefined) {
    throw expected(`store of task '${taskName}'`, `one of ${Object.keys(options.stores).join(', ')}`, store);
  }
  for (const table of task.privateTables ?? []) {
    if (adapter.tables.some(({ name }) => name === table)) continue;
    throw expected(`privateTables of task '${taskName}'`, `tables of store '${store}'`, table);
  }
}

function isPlainJson(value: unknown): boolean {
  try {
    JSON.stringify(value);
    return true;
  } catch {
    return false;
  }
}
