/**
 * A host that holds a directory. Argument: a `HolderRequest` as JSON. Writes a line when it is ready, and does as told:
 * `hold` waits for a line on stdin, then closes; `work` rebuilds for ever; `stop` rebuilds once, and sends
 * itself SIGTERM at a fail-point, on which it closes. Fail-points and switches are told in lines on stdout.
 */
import { once } from 'node:events';
import { writeSync } from 'node:fs';
import { isReprocessError, StagedReprocessor } from '../../src/index.ts';
import { openOptions, sourceOf, type World } from './world.ts';

export interface HolderRequest {
  readonly dataDir: string;
  readonly world: World;
  readonly mode: 'hold' | 'work' | 'stop';
  /** For `stop`: number of the fail-point, counted from the first run on. */
  readonly stopAt?: number;
  readonly rows?: number;
  /** For `work`. */
  readonly firstVersion?: number;
  /** Name of the fail-point at which it dies by SIGKILL. */
  readonly killAt?: string;
}

const { dataDir, world, mode, stopAt, rows, killAt, firstVersion } = JSON.parse(
  process.argv[2] ?? '',
) as HolderRequest;
let calls = 0;
let isRunning = false;
const reprocessor = await StagedReprocessor.open({
  ...openOptions(dataDir, world),
  sortBufferBytes: 4096,
  failPoint: async (name) => {
    if (!isRunning) return;
    writeSync(1, `${name}\n`);
    if (name === killAt) process.kill(process.pid, 'SIGKILL');
    if (mode !== 'stop' || calls++ !== stopAt) return;
    process.kill(process.pid, 'SIGTERM');
    await stopping;
  },
});
const stopping = once(process, 'SIGTERM');
const closed = stopping.then(() => reprocessor.close());
// A signal handler alone does not keep a process alive.
const alive = setInterval(() => undefined, 60_000);
writeSync(1, 'ready\n');
if (mode === 'hold') {
  await Promise.race([once(process.stdin, 'data'), stopping]);
  process.stdin.destroy();
}
if (mode === 'stop') await runOnce(100);
for (let version = firstVersion ?? 100; mode === 'work' && (await runOnce(version)); version++);
if (mode === 'stop' && calls > (stopAt ?? -1) && stopAt !== -1) await closed;
await reprocessor.close();
clearInterval(alive);

/** Whether the run ended by itself. */
async function runOnce(version: number): Promise<boolean> {
  isRunning = true;
  try {
    await reprocessor.reprocess({ source: sourceOf(version, rows) });
    writeSync(1, `switched ${String(version)}\n`);
    return true;
  } catch (error) {
    if (isReprocessError(error, 'REPROCESS_ABORTED') || isReprocessError(error, 'REPROCESS_CLOSED'))
      return false;
    throw error;
  }
}
