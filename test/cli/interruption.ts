/**
 * Preloaded into a command (`node --import`): at the first call of `node:fs/promises` that `SR_INTERRUPTION` describes,
 * the process gets a signal, or waits until its standard input ends. So a test stops it at a place, not at a time.
 */
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import type { Interruption } from './command-line.ts';

const { call, path, action } = JSON.parse(process.env['SR_INTERRUPTION'] ?? '{}') as Interruption;
const original = promises[call] as (...args: unknown[]) => Promise<unknown>;
let done = false;

async function interrupt(): Promise<void> {
  if (action === 'hold') {
    process.stderr.write('held\n');
    process.stdin.resume();
    await new Promise((resolve) => process.stdin.once('end', resolve));
    return;
  }
  const handled = new Promise((resolve) => process.once(action, resolve));
  process.kill(process.pid, action);
  await handled;
}

Object.assign(promises, {
  [call]: async (...args: unknown[]) => {
    const paths = args.filter((arg) => typeof arg === 'string');
    if (!done && paths.at(-1)?.includes(path) === true) {
      done = true;
      await interrupt();
    }
    return original(...args);
  },
});
syncBuiltinESMExports();
