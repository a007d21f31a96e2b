import type { SuiteRunner } from '../suite-runner.ts';
import { throughHistories } from './law-test.ts';
import type { Generation, LawTrial } from './law-trial.ts';
import type { TaskSubject } from './suite-options.ts';

/** A delta of which nothing was kept comes again: it must count once. */
export function faultTests({ it }: SuiteRunner, subject: TaskSubject): void {
  it('a delta that was applied and then lost, by a failed commit or a crash, counts once', () =>
    throughHistories(subject, { body: (trial) => withFaults(trial, lose) }));

  it('a delta whose first attempt fails anywhere counts once, from its seek positions on', () =>
    throughHistories(subject, { body: (trial) => withFaults(trial, failAnywhere) }));
}

type Fault = (trial: LawTrial, generation: Generation, to: number) => Promise<void>;

async function withFaults(trial: LawTrial, fault: Fault): Promise<void> {
  const { history } = trial;
  trial.say(`a rebuild at sequence ${String(history.sequenceAt(0))}`);
  await trial.open();
  const generation = await trial.rebuild(0);
  for (const cut of history.cuts(0)) {
    await fault(trial, generation, cut);
    await trial.checkEnded();
    await trial.check(generation);
  }
}

async function lose(trial: LawTrial, generation: Generation, to: number): Promise<void> {
  const { history } = trial;
  const isCrash = history.random.below(2) === 0;
  trial.say(`a delta through ${String(history.sequenceAt(to))} that was not committed`);
  await trial.attempt(generation, to);
  trial.say(`the same delta again, ${isCrash ? 'by a process started anew' : 'in the same process'}`);
  if (isCrash) await trial.open();
  await trial.apply(generation, to);
}

async function failAnywhere(trial: LawTrial, generation: Generation, to: number): Promise<void> {
  const { history } = trial;
  // How many calls there are is known once it was tried.
  const { calls } = await trial.attempt(generation, to);
  await trial.open();
  const failCall = history.random.below(calls);
  trial.say(
    `a delta through ${String(history.sequenceAt(to))}, of which the first attempt fails at call ${String(failCall + 1)} of ${String(calls)} of its context`,
  );
  await trial.apply(generation, to, failCall);
}
