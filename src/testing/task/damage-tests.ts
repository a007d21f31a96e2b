import type { SeededRandom } from '../seeded-random.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { throughHistories } from './law-test.ts';
import type { LawTrial } from './law-trial.ts';
import type { Disturb } from './modelled-source.ts';
import type { TaskSubject } from './suite-options.ts';

/** One value in so many is spoilt. */
const SPOILT = 5;

/** Values that cannot be decoded: as the value before, as the value after, and in the rebuild. */
export function damageTests({ it }: SuiteRunner, subject: TaskSubject): void {
  const { corrupt } = subject;
  if (corrupt === undefined) return;
  const disturb =
    (random: SeededRandom): Disturb =>
    (row) =>
      random.below(SPOILT) === 0 ? Buffer.from(corrupt(random, row)) : row.value;
  it('values that cannot be decoded contribute nothing, or fail the task; never a wrong row', () =>
    throughHistories(subject, { body: withDamage, disturb }));
}

async function withDamage(trial: LawTrial): Promise<void> {
  const { history } = trial;
  trial.say(`a rebuild at sequence ${String(history.sequenceAt(0))}`);
  await trial.open();
  let generation = await unlessFailed(trial.rebuild(0));
  for (const cut of history.cuts(0)) {
    trial.say(`a delta through ${String(history.sequenceAt(cut))}`);
    // A run that fails leaves the old data, which takes no more deltas: nothing wrong can come of it.
    if (generation === undefined) return;
    const applied = await unlessFailed(trial.apply(generation, cut).then(() => true));
    if (applied === undefined) {
      trial.say('process() failed, so that the data is rebuilt');
      generation = await unlessFailed(trial.rebuild(cut));
      await trial.initAll();
      continue;
    }
    const rebuilt = await unlessFailed(trial.rebuilt(cut));
    if (rebuilt === undefined) return;
    trial.compare(generation, rebuilt);
  }
}

async function unlessFailed<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work;
  } catch {
    return undefined;
  }
}
