import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  copyHome,
  expectRecovered,
  prepareHome,
  removeHome,
  rightVersion,
  runScenario,
  SCENARIOS,
  type Scenario,
} from './killed-home.ts';
import { inPairs } from './run-host.ts';
import { WORLDS, type World } from './world.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** The fail-points of a whole scenario, recorded by running it: none can be forgotten. */
async function record(home: string, world: World, scenario: Scenario): Promise<readonly string[]> {
  const dataDir = copyHome(home, `${home}-recorded`);
  const end = await runScenario(dataDir, world, scenario, -1);
  expect(end.code).toBe(0);
  removeHome(dataDir);
  return end.points.filter((point) => !point.startsWith('!'));
}

function sharedPrefix(left: readonly string[], right: readonly string[]): number {
  const different = left.findIndex((point, index) => point !== right[index]);
  return different === -1 ? left.length : different;
}

const cases = WORLDS.flatMap((world) => SCENARIOS.map((scenario) => ({ world, scenario })));

test.each(cases)(
  'killed at every point of $scenario with $world',
  async ({ world, scenario }) => {
    const home = join(root, `${world}-${scenario}`);
    await prepareHome(home, world, scenario);
    const points = await record(home, world, scenario);
    // What goes before the scenario parts from an ordinary run was killed in that one.
    const hasOwnStart = scenario === 'run' || scenario === 'adopt';
    const skipped = hasOwnStart ? 0 : sharedPrefix(points, await record(home, world, 'run'));
    const died = new Set<number>();
    // Just before and after a write of the record all is as at the points around it: the campaign kills there, too.
    const kills = points.flatMap((point, index) =>
      index < skipped || point.startsWith('control:') ? [] : [index],
    );
    await inPairs(kills, async (killAt) => {
      const dataDir = copyHome(home, `${home}-${killAt}`);
      const end = await runScenario(dataDir, world, scenario, killAt);
      expect(end.signal).toBe('SIGKILL');
      const where = `killed at ${String(killAt)} ${String(end.points.at(-1))}`;
      await expectRecovered(dataDir, world, scenario, rightVersion(scenario, end)).catch((error: unknown) => {
        throw new Error(where, { cause: error });
      });
      died.add(killAt);
      removeHome(dataDir);
    });
    expect(died.size).toBe(kills.length);
    expect(died.size).toBeGreaterThan(2);
  },
  600_000,
);
