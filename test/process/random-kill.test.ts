import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { seededRandom } from '../../src/testing/index.ts';
import { expectNothingLeft } from './killed-home.ts';
import { killWorker, reopened, WORKER_ROWS } from './killed-worker.ts';
import { runChild } from './run-host.ts';
import { openOptions, scratchOf, sourceOf } from './world.ts';

const WORLD = 'level+sqlite';
let root = '';
let home = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
  home = join(root, 'home');
  const reprocessor = await StagedReprocessor.open(openOptions(home, WORLD));
  await reprocessor.reprocess({ source: sourceOf(10, WORKER_ROWS) });
  await reprocessor.close();
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

test('killed while sorted runs lie on the disk: they are gone after the next opening', async () => {
  const request = { dataDir: home, world: WORLD, mode: 'work', rows: WORKER_ROWS, killAt: '2-processed' };
  expect((await runChild('holder.ts', request)).signal).toBe('SIGKILL');
  expect(readdirSync(join(scratchOf(home), 'words')).length).toBeGreaterThan(5);
  const { version, reprocessor } = await reopened(home, WORLD);
  expect(version).toBe(10);
  expect(existsSync(scratchOf(home))).toBe(false);
  expectNothingLeft(home, reprocessor.status());
});

test('killed while old generations are discarded: they are gone after the next opening', async () => {
  const request = {
    dataDir: home,
    world: WORLD,
    mode: 'work',
    rows: WORKER_ROWS,
    killAt: 'discard:deleted:totals',
  };
  expect((await runChild('holder.ts', request)).signal).toBe('SIGKILL');
  const { version, reprocessor } = await reopened(home, WORLD);
  expect(version).toBeGreaterThan(99);
  expectNothingLeft(home, reprocessor.status());
});

test('killed again and again at random: what was switched in stays, whole, and nothing is left over', async () => {
  const random = seededRandom(Math.floor(Math.random() * 2 ** 31));
  let last = 1000;
  let served = 100;
  for (let round = 0; round < 6; round++) {
    const switched = await killWorker(home, WORLD, last + 1, random);
    const { version, reprocessor } = await reopened(home, WORLD);
    const where = `seed ${String(random.seed)}, round ${String(round)}`;
    // The run after the last one that was told may have been decided.
    expect(version, where).toBeGreaterThanOrEqual(switched ?? served);
    expect(version, where).toBeLessThanOrEqual((switched ?? last) + 1);
    expectNothingLeft(home, reprocessor.status());
    served = version;
    last = Math.max(last, version);
  }
}, 120_000);

test('a run with sorted runs leaves nothing after close', async () => {
  const reprocessor = await StagedReprocessor.open({ ...openOptions(home, WORLD), sortBufferBytes: 4096 });
  await reprocessor.reprocess({ source: sourceOf(100_000, WORKER_ROWS) });
  await reprocessor.close();
  expectNothingLeft(home, reprocessor.status());
});
