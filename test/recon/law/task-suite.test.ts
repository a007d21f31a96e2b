import { describe, it } from 'vitest';
import { reconTasks } from '../../../src/recon/index.ts';
import { taskSuite } from '../../../src/testing/index.ts';
import { reconStores } from '../recon-stores.ts';
import { omSourceModel } from './source-model.ts';

// Retries, restarts, switches, ways back and damage; then the engine with the stores themselves.
for (const filesystemPaths of [false, true]) {
  taskSuite(
    { describe, it: (name, body) => it(name, body, 300_000) },
    {
      name: `the six tasks, file-system paths ${filesystemPaths ? 'on' : 'off'}`,
      stores: reconStores(),
      tasks: () => reconTasks({ filesystemPaths }),
      model: omSourceModel,
      order: 'one-a-key',
      histories: 15,
      hostedHistories: 1,
    },
  );
}
