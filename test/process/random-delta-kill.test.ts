import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DELTA_WORLDS } from './delta-world.ts';
import { HauntedHome, newTally } from './killed-lives.ts';
import { inPairs } from './run-host.ts';

const HOMES = 12;
const KILLS_PER_HOME = 25;
/** `SR_KILL_SEED` brings back the homes of an earlier run, and what their hosts did; not the moments of their deaths. */
const seed = Number(process.env['SR_KILL_SEED'] ?? Math.floor(Math.random() * 2 ** 31));

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

test('300 hosts killed at random: no change is lost or there twice, none read that was not there', async () => {
  process.stdout.write(`SR_KILL_SEED=${String(seed)}\n`);
  const tally = newTally();
  const homes = Array.from({ length: HOMES }, (_, index) => {
    // Both stores together have the most ways to part.
    const world = [...DELTA_WORLDS, 'level+sqlite' as const][index % 4] ?? 'level+sqlite';
    return new HauntedHome(join(root, String(index)), world, (seed + index * 7919) % 2 ** 31, tally);
  });
  await inPairs(homes, async (home) => {
    await home.haunt(KILLS_PER_HOME);
    rmSync(home.dataDir, { recursive: true });
  });
  process.stdout.write(`${JSON.stringify({ ...tally, deaths: [...tally.deaths], done: [...tally.done] })}\n`);
  expect(tally.kills).toBe(HOMES * KILLS_PER_HOME);
  // A life is compared with the model at its opening, unless it dies in it.
  expect(tally.comparisons).toBeGreaterThan(tally.kills / 2);
  expect(tally.pairs).toBeGreaterThanOrEqual(1000);
  for (const doing of ['opening', 'consume', 'rebuild', 'catch-up', 'freeze', 'switch', 'rollback']) {
    expect(tally.deaths.get(doing), doing).toBeGreaterThan(3);
  }
  // How many of each kind get to their end before they die is chance; that some do is not.
  expect([...tally.done.values()].reduce((sum, ended) => sum + ended, 0)).toBeGreaterThan(3);
}, 600_000);
