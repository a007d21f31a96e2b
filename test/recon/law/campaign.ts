/**
 * Holds the six tasks to the delta law on one history after another, until the time is over. Not part of the tests:
 * `node test/recon/law/campaign.ts [seconds] [seed]`. Ends with 1 at the first history that breaks it, made as short as it gets.
 */
import { errorMessage } from '../../../src/errors.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { holdHistories } from './hold-histories.ts';
import { hostilePlans, orderlyPlans } from './plans.ts';

const HISTORIES = 500;

const seconds = Number(process.argv[2] ?? 600);
const random = seededRandom(Number(process.argv[3] ?? Math.floor(Math.random() * 2 ** 31)));
const end = performance.now() + seconds * 1000;
const kinds = [
  { name: 'orderly, file-system paths on', plans: orderlyPlans(true) },
  { name: 'orderly, file-system paths off', plans: orderlyPlans(false) },
  { name: 'hostile', plans: hostilePlans },
];
process.stdout.write(`seed ${random.seed}\n`);
let rounds = 0;
for (; performance.now() < end; rounds++) {
  const { name, plans } = random.pick(kinds);
  const seed = random.below(2 ** 31);
  try {
    await holdHistories(plans, { numRuns: HISTORIES, seed });
  } catch (error) {
    process.stderr.write(`${name}, seed ${seed}: ${errorMessage(error)}\n`);
    process.exit(1);
  }
}
process.stdout.write(`${rounds * HISTORIES} histories: no law broken\n`);
