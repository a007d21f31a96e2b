/**
 * Kills hosts that follow their source at random moments, one home after another, until the time is over. Not part of the
 * tests: `node test/process/delta-campaign.ts [seconds] [seed]`. Ends with 1 at the first broken law, tells the last lines of
 * the hosts, and leaves their directory.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { seededRandom } from '../../src/testing/index.ts';
import { DELTA_WORLDS } from './delta-world.ts';
import { HauntedHome, newTally } from './killed-lives.ts';

const KILLS_PER_HOME = 40;

const seconds = Number(process.argv[2] ?? 600);
const random = seededRandom(Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31)));
const root = mkdtempSync(join(tmpdir(), 'sr-'));
const end = performance.now() + seconds * 1000;
const tally = newTally();
process.stdout.write(`seed ${String(random.seed)}\n`);
let homes = 0;
for (; performance.now() < end; homes++) {
  const dataDir = join(root, String(homes));
  try {
    await new HauntedHome(dataDir, random.pick(DELTA_WORLDS), random.below(2 ** 31), tally).haunt(
      KILLS_PER_HOME,
    );
  } catch (error) {
    process.stderr.write(`${String(error)}\n`);
    process.exit(1);
  }
  rmSync(dataDir, { recursive: true });
}
rmSync(root, { recursive: true });
process.stdout.write(
  `${String(homes)} homes, ${JSON.stringify({ ...tally, deaths: [...tally.deaths], done: [...tally.done] })}: no law broken\n`,
);
