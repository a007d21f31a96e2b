/**
 * Kills hosts at random points, and their recoveries at random points, until the time is over. Not part of the tests:
 * `node test/process/campaign.ts [seconds] [seed]`. Ends with 1 at the first broken law, and leaves that directory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/testing/index.ts';
import {
  copyHome,
  expectRecovered,
  prepareHome,
  removeHome,
  rightVersion,
  runScenario,
  SCENARIOS,
} from './killed-home.ts';
import { WORLDS } from './world.ts';

const seconds = Number(process.argv[2] ?? 600);
const random = seededRandom(Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31)));
const root = mkdtempSync(join(tmpdir(), 'sr-'));
const end = performance.now() + seconds * 1000;
const homes = new Map<string, { readonly home: string; readonly points: number }>();

async function homeOf(world: (typeof WORLDS)[number], scenario: (typeof SCENARIOS)[number]) {
  const name = `${world}-${scenario}`;
  const known = homes.get(name);
  if (known !== undefined) return known;
  const home = join(root, name);
  await prepareHome(home, world, scenario);
  const { points } = await runScenario(copyHome(home, `${home}-recorded`), world, scenario, -1);
  const made = { home, points: points.length };
  homes.set(name, made);
  return made;
}

let rounds = 0;
let kills = 0;
process.stdout.write(`seed ${String(random.seed)}\n`);
for (; performance.now() < end; rounds++) {
  const world = random.pick(WORLDS);
  const scenario = random.pick(SCENARIOS);
  const { home, points } = await homeOf(world, scenario);
  const dataDir = copyHome(home, `${home}-round`);
  const died = await runScenario(dataDir, world, scenario, random.below(points));
  const version = rightVersion(scenario, died);
  const story = [`${world} ${scenario}: ${String(died.points.at(-1))}`];
  kills += 1;
  for (let again = random.below(4); again > 0; again--) {
    const opening = scenario === 'adopt' ? 'adopt' : 'open';
    const recovery = await runScenario(dataDir, world, opening, random.below(12));
    story.push(String(recovery.points.at(-1)));
    if (recovery.signal === 'SIGKILL') kills += 1;
  }
  try {
    await expectRecovered(dataDir, world, scenario, version);
  } catch (error) {
    process.stderr.write(`round ${String(rounds)}, ${story.join(' / ')}: ${String(error)}\n${dataDir}\n`);
    process.exit(1);
  }
  removeHome(dataDir);
}
rmSync(root, { recursive: true });
process.stdout.write(`${String(rounds)} rounds, ${String(kills)} kills, no law broken\n`);
