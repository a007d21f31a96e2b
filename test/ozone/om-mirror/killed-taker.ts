/** Takes a checkpoint in and is killed when it is whole but has not its name yet. */
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { CheckpointShelf } from '../../../src/ozone/om-mirror/checkpoint-shelf.ts';

const [directory = '', origin = ''] = process.argv.slice(2);
Object.assign(promises, {
  rename: () => {
    process.kill(process.pid, 'SIGKILL');
    return new Promise(() => undefined);
  },
});
syncBuiltinESMExports();
await new CheckpointShelf(directory).take(origin);
