import { types } from 'node:util';
import { expect, it } from 'vitest';
import { errorMessage } from '../../../src/errors.ts';
import type { SourceEvent } from '../../../src/source/delta.ts';
import type { ReconOmTask } from '../../../src/task/task.ts';
import { holdHistories, type Histories } from './hold-histories.ts';
import { sixTasks } from './law.ts';
import type { Plan } from './om-history.ts';
import { orderlyPlans } from './plans.ts';

type Seen = (events: readonly SourceEvent[]) => readonly SourceEvent[];

/** The six tasks, of which one is shown other events than those that came. */
function seeing(taskName: string, change: Seen): (plan: Plan) => readonly ReconOmTask[] {
  return (plan) =>
    sixTasks(plan).map((task) => {
      if (task.taskName !== taskName) return task;
      const process = task.process?.bind(task);
      return Object.assign(task, {
        process: async (...[delta, context]: Parameters<NonNullable<ReconOmTask['process']>>) =>
          process?.({ ...delta, events: change(delta.events) }, context),
      });
    });
}

const without =
  (wanted: (event: SourceEvent) => boolean): Seen =>
  (events) =>
    events.filter((event) => !wanted(event));

const mistakes: readonly (readonly [task: string, mistake: string, change: Seen])[] = [
  ['NSSummaryTask', 'forgets what was', (events) => events.map((event) => ({ ...event, before: undefined }))],
  ['NSSummaryTask', 'takes events backwards', (events) => [...events].reverse()],
  [
    'NSSummaryTask',
    'misses buckets that go',
    without(({ table, after }) => table === 'bucketTable' && !after),
  ],
  [
    'NSSummaryTask',
    'misses markers',
    without(({ table, key }) => table === 'keyTable' && key.at(-1) === 0x2f),
  ],
  ['FileSizeCountTaskFSO', 'misses overwritten files', without(({ before, after }) => !!before && !!after)],
  ['FileSizeCountTaskOBS', 'misses keys that go', without(({ after }) => after === undefined)],
  ['ContainerKeyMapperTaskFSO', 'misses files that go', without(({ after }) => after === undefined)],
  ['ContainerKeyMapperTaskOBS', 'misses new keys', without(({ before }) => before === undefined)],
  ['OmTableInsightTask', 'misses parts', without(({ table }) => table === 'multipartPartsTable')],
  [
    'OmTableInsightTask',
    'misses rows of deletedTable that grow',
    without(({ table, before, after }) => table === 'deletedTable' && !!before && !!after),
  ],
];

it.each(mistakes)(
  'the law finds it when %s %s, and gives the history back',
  async (task, _, change) => {
    const makeTasks = seeing(task, change);
    const failure = await failureOf({ numRuns: 2000, seed: 7 }, makeTasks);
    expect(failure).toMatch(/not those of a rebuild|not the truth/u);
    const { path = '' } = /path: "(?<path>[\d:]+)"/u.exec(failure)?.groups ?? {};
    expect(path).not.toBe('');
    // The shortest history, alone.
    expect(await failureOf({ numRuns: 1, seed: 7, path }, makeTasks)).toContain(
      'Property failed after 1 tests',
    );
    await holdHistories(orderlyPlans(true), { numRuns: 1, seed: 7, path });
  },
  300_000,
);

async function failureOf(
  histories: Histories,
  makeTasks: (plan: Plan) => readonly ReconOmTask[],
): Promise<string> {
  try {
    await holdHistories(orderlyPlans(true), histories, makeTasks);
    return 'It did not fail';
  } catch (error) {
    const cause: unknown = types.isNativeError(error) ? error.cause : undefined;
    return `${errorMessage(error)} ${errorMessage(cause)}`;
  }
}
