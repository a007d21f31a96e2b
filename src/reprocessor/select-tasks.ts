import { expected } from '../store/expected.ts';
import type { ReconOmTask } from '../task/task.ts';

/**
 * The tasks of these names with all that share their stores; all when no names are given. Throws `TypeError` on an unknown
 * name, and when there is no task at all.
 */
export function selectTasks(
  tasks: readonly ReconOmTask[],
  names: readonly string[] | undefined,
): readonly ReconOmTask[] {
  if (tasks.length === 0) throw new TypeError('There is no task to run: `open` was given none');
  if (names === undefined) return tasks;
  const stores = new Set<string>();
  for (const name of names) {
    const task = tasks.find(({ taskName }) => taskName === name);
    if (task === undefined)
      throw expected('tasks', `among ${tasks.map(({ taskName }) => taskName).join(', ')}`, name);
    stores.add(task.store);
  }
  return tasks.filter(({ store }) => stores.has(store));
}
