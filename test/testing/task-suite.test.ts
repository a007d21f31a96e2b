import { describe, expect, test } from 'vitest';
import { levelStore } from '../../src/adapters/level/index.ts';
import { errorMessage } from '../../src/errors.ts';
import { taskSuite, type TaskSuiteOptions } from '../../src/testing/index.ts';
import { runSuite } from './run-suite.ts';
import { ledgerModel } from './tasks/ledger-model.ts';
import { LedgerTask, ledgerTables, memoryLedger } from './tasks/ledger-task.ts';
import {
  LeavesZeros,
  LosesOldValue,
  plantedMistakes,
  Rounds,
  SkipsTable,
  ThrowsNowAndThen,
  TrustsItsMemory,
} from './tasks/planted-mistakes.ts';

type LedgerOptions = TaskSuiteOptions<{ readonly ledger: typeof memoryLedger }>;

function run(options: Partial<LedgerOptions>, wanted?: (name: string) => boolean) {
  const all: LedgerOptions = {
    name: 'ledger',
    stores: { ledger: memoryLedger },
    tasks: () => [new LedgerTask()],
    model: ledgerModel,
    histories: 50,
    hostedHistories: 2,
    seed: 1,
    ...options,
  };
  return runSuite((runner) => {
    taskSuite(runner, all);
  }, wanted);
}

/** Of every failed test, what it says. */
function told(failed: ReadonlyMap<string, unknown>): readonly string[] {
  return [...failed].map(([name, error]) => `${name}: ${errorMessage(error)}`);
}

test.each(['in-order', 'across-keys', 'one-a-key'] as const)(
  'a task that is right passes every test, with the events of a delta %s',
  async (order) => {
    const result = await run({ order });
    expect(told(result.failed)).toEqual([]);
    expect(result.passed.length).toBeGreaterThanOrEqual(7);
  },
);

describe('a task with a mistake fails', () => {
  test.each(plantedMistakes.map(([Task, foundBy]) => [Task.name, foundBy, Task] as const))(
    '%s, in the test "... %s ..."',
    async (_name, foundBy, Task) => {
      const { failed } = await run({ tasks: () => [new Task()], hostedHistories: 0 });
      expect([...failed.keys()].filter((name) => name.includes(foundBy))).toHaveLength(1);
    },
  );

  test.each(
    [LosesOldValue, SkipsTable, TrustsItsMemory, ThrowsNowAndThen].map((Task) => [Task.name, Task] as const),
  )('%s, in a reprocessor too', async (_name, Task) => {
    const tasks = (): LedgerTask[] => [new Task()];
    const { failed } = await run({ tasks, hostedHistories: 5 }, (name) => name.includes('in a reprocessor'));
    expect(failed.size).toBe(1);
  });
});

test('the stores themselves may be durable ones', async () => {
  const stores = { ledger: levelStore({ tables: ledgerTables }) };
  const { failed } = await run({ stores, hostedHistories: 3 }, (name) => name.includes('in a reprocessor'));
  expect(told(failed)).toEqual([]);
});

describe('a failure', () => {
  const plain = (name: string): boolean => name.includes('any size');

  test('tells the rows that differ, the shortest history and its operations', async () => {
    const [message] = told((await run({ tasks: () => [new LeavesZeros()] }, plain)).failed);
    expect(message).toMatch(
      /store 'ledger', table 'balance':\n {4}too much: '\w+' → \{ entries: 0, cents: -?\d+ \}/,
    );
    expect(message).toMatch(/what was done: a rebuild at sequence \d+\n {2}then a delta of 1 operation\(s\)/);
    expect(message).toMatch(/the last delta .*:\n {2}\d+ (?:sales|refunds) "k\d": ".*" → /);
  });

  test('tells the seed that repeats it alone', async () => {
    const tasks = (): LedgerTask[] => [new Rounds()];
    const [message = ''] = told((await run({ tasks }, plain)).failed);
    const [, seed] = /\{ seed: (\d+), histories: 1 \}/.exec(message) ?? [];
    const [again = ''] = told((await run({ tasks, seed: Number(seed), histories: 1 }, plain)).failed);
    const body = (text: string): string => text.slice(0, text.indexOf('\nhistory '));
    expect(Number(seed)).toBeGreaterThan(1);
    expect(body(again)).toBe(body(message));
  });

  test('tells what the task threw, as its cause', async () => {
    const { failed } = await run({ tasks: () => [new ThrowsNowAndThen()] }, plain);
    const [error] = [...failed.values()];
    expect(error).toMatchObject({ name: 'AssertionError', cause: { message: 'Too many cents' } });
  });
});

describe('options', () => {
  test.each<[string, object, RegExp]>([
    ['an order', { order: 'any' }, /Expected `order` to be one of in-order, .*, got `any` \(string\)/],
    ['a number of histories', { histories: -1 }, /Expected `histories` to be an integer from 0 on/],
    ['a seed', { seed: 0.5 }, /Expected `seed` to be an integer/],
    ['a key', { shuffle: true }, /Expected `options` to be of the keys name, .*, got `shuffle`/],
    [
      'a task without process',
      { tasks: () => [withoutProcess] },
      /Expected `tasks: Ledger.process` to be a method/,
    ],
  ])('%s that is wrong is refused', async (_what, options, message) => {
    await expect(run(options)).rejects.toThrow(message);
  });
});

const withoutProcess: LedgerTask = Object.assign(new LedgerTask(), { process: undefined });

test('random histories: whatever the seed, a right task passes', async () => {
  const seed = Math.floor(Math.random() * 2 ** 31);
  const { failed } = await run({ seed, hostedHistories: 0 });
  expect(told(failed), `seed ${String(seed)}`).toEqual([]);
});
