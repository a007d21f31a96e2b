/**
 * Lives with a mirror and is killed before its `killAt`-th step on the disk. Tells each step, and what it was promised, on a line.
 * Arguments: a JSON object.
 */
import { writeSync } from 'node:fs';
import promises from 'node:fs/promises';
import { syncBuiltinESMExports } from 'node:module';
import { Level } from 'level';
import { OmMirror, type MirrorCopy } from '../../../src/ozone/index.ts';
import { storyBatch } from './mirror-story.ts';

interface Request {
  readonly home: string;
  /** Two databases: the second replaces the first. */
  readonly databases: readonly [string, string];
  /** -1: never. */
  readonly killAt: number;
  /** Commits one batch after the other until somebody kills it. */
  readonly endless?: boolean;
}

const { home, databases, killAt, endless = false } = JSON.parse(process.argv[2] ?? '') as Request;
let steps = 0;

function tell(line: string): void {
  writeSync(1, `${line}\n`);
}

function step(name: string): void {
  if (endless) return;
  tell(`step ${name}`);
  if (steps++ === killAt) process.kill(process.pid, 'SIGKILL');
}

for (const name of ['rename', 'rm', 'mkdir', 'open', 'writeFile', 'link', 'copyFile'] as const) {
  const original = promises[name] as (...given: unknown[]) => Promise<unknown>;
  Object.assign(promises, {
    [name]: (...given: unknown[]) => {
      step(name);
      return original(...given);
    },
  });
}
syncBuiltinESMExports();
const batches = Level.prototype as unknown as {
  _chainedBatch: (this: unknown) => { _write: (...given: unknown[]) => unknown };
};
const { _chainedBatch: makeBatch } = batches;
batches._chainedBatch = function () {
  const batch = makeBatch.call(this);
  const write = batch._write.bind(batch);
  batch._write = (...given) => {
    step('batch');
    return write(...given);
  };
  return batch;
};

async function update(copy: MirrorCopy): Promise<void> {
  const prepared = await copy.prepare([storyBatch(copy.sequence + 1n)]);
  await prepared.commit();
  tell(`committed ${copy.id} ${copy.sequence}`);
}

async function replace(mirror: OmMirror, database: string): Promise<MirrorCopy> {
  const copy = await mirror.stage(database);
  tell(`staged ${copy.id}`);
  if (mirror.live !== undefined) await update(mirror.live);
  await update(copy);
  await mirror.promote(copy.id);
  tell(`promoted ${copy.id}`);
  return copy;
}

const mirror = await OmMirror.open(home);
const live = await replace(mirror, databases[0]);
for (let round = 0; round < 2 || endless; round++) await update(live);
await mirror.stage(databases[1]);
await replace(mirror, databases[1]);
await mirror.close();
