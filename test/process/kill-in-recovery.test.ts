import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { FAIL_POINTS } from '../../src/index.ts';
import {
  expectNothingLost,
  failPointsOf,
  makeDeltaHome,
  runDeltaHost,
  type DeltaScenario,
} from './killed-delta-home.ts';
import {
  copyHome,
  expectRecovered,
  prepareHome,
  rightVersion,
  runScenario,
  type Scenario,
} from './killed-home.ts';
import { inPairs, type HostEnd } from './run-host.ts';
import type { World } from './world.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

/** Where the first process dies, in each scenario: one point of every state that recovery can meet. */
const DEATHS: readonly { readonly scenario: Scenario; readonly points: readonly string[] }[] = [
  {
    scenario: 'run',
    points: [
      '1-created:words',
      '4-ready',
      '5-intent',
      'commit:after:words',
      '7-outcome',
      'discard:deleted:words',
    ],
  },
  {
    scenario: 'switch-error',
    points: ['rollback:before', 'rollback:aborted', 'undo:after:totals', 'rollback:undone'],
  },
  { scenario: 'rollback', points: ['5-intent', 'commit:after:words'] },
  { scenario: 'adopt', points: ['recover:roll-forward', 'commit:after:words'] },
];

const world: World = 'level+sqlite';
const met = new Set<string>();

test.each(DEATHS)(
  'recovery after $scenario is killed at each of its points, again and again',
  async ({ scenario, points }) => {
    const home = join(root, scenario);
    await prepareHome(home, world, scenario);
    const recorded = (await runScenario(copyHome(home, `${home}-recorded`), world, scenario, -1)).points;
    for (const point of recorded) met.add(point.replace(/:(?:words|totals)$/u, ''));
    await inPairs(points, async (point) => {
      const dataDir = copyHome(home, `${home}-${point}`);
      const died = await runScenario(dataDir, world, scenario, point);
      expect(died.points.at(-1)).toBe(point);
      const version = rightVersion(scenario, died);
      const opening = scenario === 'adopt' ? 'adopt' : 'open';
      let killAt = 0;
      for (let isKilled = true; isKilled; killAt++) {
        const end = await runScenario(dataDir, world, opening, killAt);
        isKilled = end.signal === 'SIGKILL';
        for (const name of end.points) met.add(name.replace(/:(?:words|totals)$/u, ''));
      }
      expect(killAt).toBeGreaterThan(3);
      await expectRecovered(dataDir, world, scenario, version);
    });
  },
  600_000,
);

/** Where the first process dies while it follows its source: what it leaves must be replayed from the log. */
const DELTA_DEATHS: readonly { readonly scenario: DeltaScenario; readonly names: readonly string[] }[] = [
  { scenario: 'burst', names: ['log:append', 'log:appended', 'apply:before:words', 'apply:after:totals'] },
  {
    scenario: 'run',
    names: ['4-paused', '4-frozen', '5-intent', 'commit:after:words', '7-outcome', 'log:trimmed'],
  },
  { scenario: 'rollback', names: ['4-frozen', 'commit:after:words', '7-outcome'] },
];

test.each(DELTA_DEATHS)(
  'a replay after $scenario with deltas is killed at each of its points, again and again',
  async ({ scenario, names }) => {
    const home = join(root, `deltas-${scenario}`);
    await makeDeltaHome(home, world);
    const noted = (end: HostEnd): HostEnd => {
      for (const name of failPointsOf(end.points)) met.add(name.replace(/:(?:words|totals)$/u, ''));
      return end;
    };
    await inPairs(names, async (name) => {
      const dataDir = copyHome(home, `${home}-${name}`);
      const died = noted(await runDeltaHost(dataDir, world, scenario, { name, before: 0 }));
      expect(failPointsOf(died.points).at(-1)).toBe(name);
      const ends = [died];
      for (let killAt = 0; ends.at(-1)?.signal === 'SIGKILL'; killAt++) {
        ends.push(noted(await runDeltaHost(dataDir, world, 'open', killAt)));
      }
      expect(ends.length).toBeGreaterThan(3);
      await expectNothingLost(dataDir, world, ends);
    });
  },
  600_000,
);

test('no fail-point is left out', () => {
  expect(FAIL_POINTS.filter((point) => !met.has(point))).toEqual([]);
});
