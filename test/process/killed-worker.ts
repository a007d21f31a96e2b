import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StagedReprocessor } from '../../src/index.ts';
import type { SeededRandom } from '../../src/testing/index.ts';
import type { HolderRequest } from './holder.ts';
import { versionsOf } from './read-versions.ts';
import { openOptions, storesOf, type World } from './world.ts';

export const WORKER_ROWS = 2000;

/** Starts a process that rebuilds for ever and kills it after a random number of lines; returns its last switch. */
export async function killWorker(
  dataDir: string,
  world: World,
  firstVersion: number,
  random: SeededRandom,
): Promise<number | undefined> {
  const request: HolderRequest = { dataDir, world, mode: 'work', rows: WORKER_ROWS, firstVersion };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.ts'), JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  let left = 1 + random.below(80);
  let switched: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    if (line.startsWith('switched ')) switched = Number(line.slice(9));
    left -= 1;
    if (left === 0) child.kill('SIGKILL');
  }
  await ended;
  return switched;
}

/** Opens what the killed process left and returns the version that all stores tell; the caller judges it. */
export async function reopened(dataDir: string, world: World) {
  const reprocessor = await StagedReprocessor.open(openOptions(dataDir, world));
  reprocessor.on('alert', () => undefined);
  try {
    const stores = Object.keys(storesOf(world)).filter((store) => store !== 'cache');
    const versions = Object.values(await versionsOf(reprocessor, stores, WORKER_ROWS));
    if (new Set(versions).size !== 1) throw new Error(`Mixed: ${versions.join()}`);
    return { version: versions[0] ?? 0, reprocessor };
  } finally {
    await reprocessor.close();
  }
}
