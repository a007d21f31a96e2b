import type { SuiteRunner } from '../suite-runner.ts';
import { throughHistories } from './law-test.ts';
import type { LawTrial } from './law-trial.ts';
import type { TaskSubject } from './suite-options.ts';

/** A rebuild, then deltas: at the end of each the rows must be those of a rebuild. */
export function cutTests({ it }: SuiteRunner, subject: TaskSubject): void {
  it('deltas of any size come to what a rebuild comes to, at every cut', () =>
    throughHistories(subject, {
      body: (trial) => {
        const { random, operations } = trial.history;
        const first = random.below(1 + operations.length / 3);
        return followed(trial, first, trial.history.cuts(first));
      },
      smaller: smallerTrials,
    }));

  it('the same operations one by one come to the same', () =>
    throughHistories(subject, {
      body: (trial) => followed(trial, 0, upTo(trial.history.operations.length)),
      smaller: smallerTrials,
    }));

  it('the same operations in one delta come to the same', () =>
    throughHistories(subject, {
      body: (trial) => followed(trial, 0, [trial.history.operations.length]),
      smaller: smallerTrials,
    }));
}

async function followed(trial: LawTrial, first: number, cuts: readonly number[]): Promise<void> {
  const { history } = trial;
  trial.say(`a rebuild at sequence ${String(history.sequenceAt(first))}`);
  await trial.open();
  const generation = await trial.rebuild(first);
  for (const cut of cuts) {
    const operations = cut - generation.at;
    trial.say(`a delta of ${String(operations)} operation(s) through ${String(history.sequenceAt(cut))}`);
    await trial.apply(generation, cut);
    await trial.checkEnded();
    await trial.check(generation);
  }
}

/** One operation after a rebuild; then longer and longer deltas after one, up to the one that went wrong. */
function* smallerTrials({ last }: LawTrial): Generator<(trial: LawTrial) => Promise<void>> {
  if (last === undefined) return;
  const { to } = last;
  for (let length = 1; length <= Math.min(to, 4); length++) {
    for (let from = 0; from + length <= to; from++) {
      yield (trial) => followed(trial, from, [from + length]);
    }
  }
  yield (trial) => followed(trial, last.from, [to]);
}

function upTo(count: number): readonly number[] {
  return Array.from({ length: count }, (_, index) => index + 1);
}
