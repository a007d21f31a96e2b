/**
 * A host in a process of its own. Argument: a `HostRequest` as JSON. Tells every fail-point in a line on stdout, and
 * dies by SIGKILL at the one that `killAt` says.
 */
import { writeSync } from 'node:fs';
import { isReprocessError, StagedReprocessor } from '../../src/index.ts';
import { adoptOptions } from './brought-data.ts';
import { openOptions, sourceOf, type World } from './world.ts';

export interface HostRequest {
  readonly dataDir: string;
  readonly world: World;
  readonly scenario: 'run' | 'task-error' | 'switch-error' | 'rollback' | 'adopt' | 'open';
  /** The fail-point to die at: its number among all that are met, or its name; -1 for none. */
  readonly killAt: number | string;
  /** The fail-point that throws. */
  readonly throwAt?: string;
}

const request = JSON.parse(process.argv[2] ?? '') as HostRequest;
const { dataDir, world, scenario, killAt, throwAt } = request;
let calls = 0;

const reprocessor = await StagedReprocessor.open({
  ...openOptions(dataDir, world, { failingTask: scenario === 'task-error' }),
  ...(scenario === 'adopt' ? { adopt: adoptOptions(dataDir, world) } : {}),
  failPoint: (name) => {
    writeSync(1, `${name}\n`);
    if (calls++ === killAt || name === killAt) process.kill(process.pid, 'SIGKILL');
    if (name === throwAt) throw new Error('failed on purpose');
  },
});
reprocessor.on('alert', () => undefined);
try {
  if (scenario === 'rollback') await reprocessor.rollbackTo(1);
  else if (scenario !== 'adopt' && scenario !== 'open') await reprocessor.reprocess({ source: sourceOf(3) });
} catch (error) {
  if (!isReprocessError(error)) throw error;
  writeSync(1, `! ${error.code}\n`);
}
await reprocessor.close();
