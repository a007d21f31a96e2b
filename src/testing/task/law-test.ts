import { AssertionError } from 'node:assert';
import { errorMessage } from '../../errors.ts';
import { bytesText } from './compare-rows.ts';
import { History, type HistoryOptions } from './history.ts';
import { LawTrial, WrongRows } from './law-trial.ts';
import type { TaskSubject } from './suite-options.ts';

/** How many events of the last delta are shown. */
const SHOWN = 30;

/** A history that came to a bad end. */
interface Failed {
  readonly trial: LawTrial;
  readonly error: unknown;
}

export interface LawTest {
  /** What one trial goes through; what it throws fails the test. */
  readonly body: (trial: LawTrial) => Promise<void>;
  /** Shorter trials with the same operations, the shortest first: the first one that fails too is told instead. */
  readonly smaller?: (failed: LawTrial) => Iterable<(trial: LawTrial) => Promise<void>>;
  readonly disturb?: HistoryOptions['disturb'];
}

/** Puts the tasks through one history after another, until one fails. History `n` of seed `s` is history 0 of seed `s + n`. */
export async function throughHistories(subject: TaskSubject, test: LawTest): Promise<void> {
  for (let number = 0; number < subject.histories; number++) {
    const failed = await tried(subject, test, subject.seed + number, test.body);
    if (failed === undefined) continue;
    let shortest = failed;
    for (const body of test.smaller?.(failed.trial) ?? []) {
      const again = await tried(subject, test, subject.seed + number, body);
      if (again === undefined) continue;
      shortest = again;
      break;
    }
    throw lawError(shortest, number, subject.histories);
  }
}

async function tried(
  { model, operations, order, ...subject }: TaskSubject,
  { disturb }: LawTest,
  seed: number,
  body: (trial: LawTrial) => Promise<void>,
): Promise<Failed | undefined> {
  const history = new History({
    model,
    operations,
    order,
    seed,
    ...(disturb === undefined ? {} : { disturb }),
  });
  const trial = new LawTrial({ ...subject, model, operations, order }, history);
  try {
    await body(trial);
    return undefined;
  } catch (error) {
    return { trial, error };
  }
}

function lawError({ trial, error }: Failed, number: number, histories: number): AssertionError {
  const { history, last } = trial;
  const isWrong = error instanceof WrongRows;
  const lines = [
    isWrong ? 'The delta law does not hold: the rows are not those of a rebuild' : errorMessage(error),
    ...(isWrong ? error.lines : []),
    ...trial.steps.map((step, index) => `${index === 0 ? 'what was done: ' : '  then '}${step}`),
    ...(last === undefined ? [] : eventLines(history, last.from, last.to)),
    `history ${String(number + 1)} of ${String(histories)}; to run it alone: { seed: ${String(history.seed)}, histories: 1 }`,
  ];
  const failure = new AssertionError({ message: lines.join('\n') });
  if (!isWrong) failure.cause = error;
  return failure;
}

function eventLines(history: History, from: number, to: number): readonly string[] {
  const { events } = history.delta(from, to);
  const lines = events.map(
    ({ sequence, table, key, before, after }) =>
      `  ${String(sequence)} ${table} ${bytesText(key)}: ${bytesText(before)} → ${bytesText(after)}`,
  );
  const more = lines.length > SHOWN ? [`  and ${String(lines.length - SHOWN)} more`] : [];
  return ['the last delta (sequence, table, key: before → after):', ...lines.slice(0, SHOWN), ...more];
}
