import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { DELTA_WORLDS } from './delta-world.ts';
import {
  expectNothingLost,
  failPointsOf,
  makeDeltaHome,
  runDeltaHost,
  type DeltaScenario,
} from './killed-delta-home.ts';
import { copyHome, removeHome } from './killed-home.ts';
import { inPairs } from './run-host.ts';

let root = '';
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

interface Death {
  readonly name: string;
  readonly before: number;
}

/**
 * The first time that each fail-point is met from the beginning of the run on, or of the way back, and the last time, too,
 * where deltas are logged and applied.
 */
function deathsOf(lines: readonly string[]): readonly Death[] {
  const start = lines.findIndex((line) => line.startsWith('> '));
  const met = new Map<string, number>();
  for (const name of failPointsOf(lines.slice(0, start))) met.set(name, (met.get(name) ?? 0) + 1);
  const deaths = new Map<string, Set<number>>();
  const own = failPointsOf(lines.slice(start)).filter((name) => !name.startsWith('control:'));
  for (const name of own) {
    const before = met.get(name) ?? 0;
    met.set(name, before + 1);
    const known = [...(deaths.get(name) ?? [])].slice(0, 1);
    if (known.length === 0 || /^(?:apply|log):/u.test(name)) deaths.set(name, new Set([...known, before]));
  }
  return [...deaths].flatMap(([name, times]) => [...times].map((before) => ({ name, before })));
}

const scenarios: readonly DeltaScenario[] = ['run', 'rollback', 'burst'];
const cases = DELTA_WORLDS.flatMap((world) => scenarios.map((scenario) => ({ world, scenario })));

test.each(cases)(
  'killed at every point of $scenario with deltas on $world: nothing is lost or there twice',
  async ({ world, scenario }) => {
    const home = join(root, `${world}-${scenario}`);
    await makeDeltaHome(home, world);
    const recorded = await runDeltaHost(copyHome(home, `${home}-recorded`), world, scenario);
    expect(recorded.code).toBe(0);
    await expectNothingLost(`${home}-recorded`, world, [recorded]);
    const deaths = deathsOf(recorded.points);
    const names = new Set(deaths.map(({ name }) => name.replace(/:(?:words|totals)$/u, '')));
    for (const name of NAMES[scenario]) expect(names).toContain(name);
    await inPairs(deaths, async (death) => {
      const dataDir = copyHome(home, `${home}-${death.name.replaceAll(':', '-')}-${death.before}`);
      const end = await runDeltaHost(dataDir, world, scenario, death);
      const where = `killed at ${death.name}, met ${String(death.before)} times before`;
      expect(end.signal, where).toBe('SIGKILL');
      await expectNothingLost(dataDir, world, [end]).catch((error: unknown) => {
        throw new Error(`${where}: ${String(error)}`, { cause: error });
      });
      removeHome(dataDir);
    });
  },
  600_000,
);

const LOGGED = ['log:append', 'log:appended', 'apply:before', 'apply:after'];
const SWITCHED = ['4-ready', '4-caught-up', '4-paused', '4-frozen', '5-intent', '7-outcome'];
const NAMES: Readonly<Record<DeltaScenario, readonly string[]>> = {
  run: [...LOGGED, ...SWITCHED, '2-processed', 'log:trimmed'],
  rollback: [...LOGGED, ...SWITCHED],
  burst: LOGGED,
  open: [],
};
