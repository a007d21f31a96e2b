import { reconTasks } from '../recon/index.ts';
import { expected } from '../store/expected.ts';

/** Recon's six tasks, typed by the stores of `reconStores`: their own type leaves the store's name open. */
export function storedReconTasks(filesystemPaths: boolean) {
  const [namespace, insight, filesFso, filesObs, containersFso, containersObs] = reconTasks({
    filesystemPaths,
  });
  return [
    storedIn(namespace, 'namespace'),
    storedIn(insight, 'stats'),
    storedIn(filesFso, 'stats'),
    storedIn(filesObs, 'stats'),
    storedIn(containersFso, 'containers'),
    storedIn(containersObs, 'containers'),
  ] as const;
}

function storedIn<Task extends { readonly store: string }, const Store extends string>(
  task: Task,
  store: Store,
): Task & { readonly store: Store } {
  if (isStoredIn(task, store)) return task;
  throw expected('store', store, task.store);
}

function isStoredIn<Task extends { readonly store: string }, Store extends string>(
  task: Task,
  store: Store,
): task is Task & { readonly store: Store } {
  return task.store === store;
}
