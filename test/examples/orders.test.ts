import { describe, expect, test } from 'vitest';
import { ordersModel } from '../../examples/orders/model.ts';
import { dailyTotals, searchIndex, stores } from '../../examples/orders/tasks.ts';
import type { SourceEvent } from '../../src/index.ts';
import { taskSuite } from '../../src/testing/index.ts';
import { runSuite } from '../testing/run-suite.ts';

type SearchTask = typeof searchIndex;
type TotalsTask = typeof dailyTotals;

function run(search: SearchTask, totals: TotalsTask, hostedHistories: number) {
  return runSuite((runner) => {
    taskSuite(runner, {
      name: 'orders',
      stores,
      tasks: () => [search, totals],
      model: ordersModel,
      histories: 30,
      hostedHistories,
      seed: 5,
    });
  });
}

/** A task that is shown other events than those that came. */
function seeing<T extends SearchTask | TotalsTask>(
  task: T,
  change: (events: readonly SourceEvent[]) => readonly SourceEvent[],
): T {
  return {
    ...task,
    process: (delta, context) => task.process?.({ ...delta, events: change(delta.events) }, context),
  };
}

const each =
  (change: (event: SourceEvent) => SourceEvent) =>
  (events: readonly SourceEvent[]): readonly SourceEvent[] =>
    events.map(change);

const mistakes: Readonly<Record<string, (events: readonly SourceEvent[]) => readonly SourceEvent[]>> = {
  'loses the old value': each((event) => ({ ...event, before: undefined })),
  'applies every event twice': (events) => events.flatMap((event) => [event, event]),
  'applies them backwards': (events) => [...events].reverse(),
  'brings deleted orders back': each((event) => ({ ...event, after: event.after ?? event.before })),
  'misses the table': (events) => events.filter(({ table }) => table !== 'orders'),
  'takes the first of several changes of one order for the last': (events) =>
    events.filter(
      (event, index) => events.findIndex(({ key }) => Buffer.compare(key, event.key) === 0) === index,
    ),
};

describe('the orders example', () => {
  test('passes the task suite, in memory and with its own stores', async () => {
    const { failed, passed } = await run(searchIndex, dailyTotals, 3);
    expect([...failed]).toEqual([]);
    expect(passed.length).toBeGreaterThan(7);
  });

  test.each(Object.keys(mistakes))('fails it when its search index %s', async (name) => {
    const { failed } = await run(
      seeing(searchIndex, mistakes[name] ?? each((event) => event)),
      dailyTotals,
      0,
    );
    expect(failed.size).toBeGreaterThan(0);
  });

  // Sums do not depend on the order of events.
  test.each(Object.keys(mistakes).filter((name) => !name.includes('backwards')))(
    'fails it when its totals %s',
    async (name) => {
      const { failed } = await run(
        searchIndex,
        seeing(dailyTotals, mistakes[name] ?? each((event) => event)),
        0,
      );
      expect(failed.size).toBeGreaterThan(0);
    },
  );
});
