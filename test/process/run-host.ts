import { spawn } from 'node:child_process';
import { join } from 'node:path';
import type { HostRequest } from './host.ts';

export interface HostEnd {
  readonly signal: NodeJS.Signals | null;
  readonly code: number | null;
  /** The fail-points that were met, in order; what follows `!` is the code of the error that ended the run. */
  readonly points: readonly string[];
}

/** Kept between runs, so that the hosts start quickly; it lies where no tool looks for sources. */
export const compileCache = join(import.meta.dirname, '../../node_modules/.cache/hosts');

/** Starts a script of this folder with one JSON argument and waits for its end. */
export async function runChild(script: string, request: object): Promise<HostEnd> {
  const child = spawn(process.execPath, [join(import.meta.dirname, script), JSON.stringify(request)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, NODE_NO_WARNINGS: '1' },
  });
  let told = '';
  let wrong = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (wrong += text));
  const [code, signal] = await new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (...ended) => resolve(ended));
  });
  if (signal === null && code !== 0) throw new Error(`${script} ended with ${String(code)}: ${wrong}`);
  return { signal, code, points: told.split('\n').filter((line) => line !== '') };
}

export function runHost(request: HostRequest): Promise<HostEnd> {
  return runChild('host.ts', request);
}

/** Calls `work` for each item, two at a time. */
export async function inPairs<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  await Promise.all(
    [0, 1].map(async () => {
      for (const item of queue) await work(item);
    }),
  );
}
