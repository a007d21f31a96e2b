import { reconTasks } from '../../../src/recon/index.ts';
import type { SourceEvent } from '../../../src/source/delta.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { ApplyTrial, applyRows } from '../../../src/testing/task/apply-rows.ts';
import { bytesText, differingRows } from '../../../src/testing/task/compare-rows.ts';
import { SourceRows } from '../../../src/testing/task/modelled-source.ts';
import { rebuildRows, type Derived } from '../../../src/testing/task/rebuild-rows.ts';
import type { ReconOmTask } from '../../../src/task/task.ts';
import { reconStores } from '../recon-stores.ts';
import { FIRST_SEQUENCE, playPlan, type OmHistory, type Plan } from './om-history.ts';
import { OM_TABLES } from './om-model.ts';

const stores = reconStores();
/** A delta is compared with a rebuild once in so many times; the last one always. */
const COMPARED = 3;

/** Rows that are not those of a rebuild, or a task that failed; tells what was done. */
export class BrokenLaw extends Error {}

/**
 * Holds the six tasks to the delta law on one history, in memory: a rebuild of its first rows and the deltas of its batches, cut
 * and grouped at random, come to what a rebuild of the rows at that moment comes to, byte for byte, in all tables.
 *
 * @returns What the deltas came to.
 */
export async function holdToLaw(
  plan: Plan,
  makeTasks = sixTasks,
): Promise<{ history: OmHistory; derived: Derived }> {
  const history = playPlan(plan);
  const random = seededRandom(plan.seed ^ 0x5eed);
  const source = new SourceRows(OM_TABLES);
  for (const event of history.initial) source.apply(event);
  const rebuilt = (): Promise<Derived> =>
    rebuildRows(stores, makeTasks(plan), source.snapshot(FIRST_SEQUENCE));
  const tasks = makeTasks(plan);
  const derived = await rebuildRows(stores, tasks, source.snapshot(FIRST_SEQUENCE));
  let from = 0;
  for (const to of [...cuts(history, random), history.events.length]) {
    const events = history.events.slice(from, to);
    try {
      const commit = await applyRows(derived, tasks, deltaOf(events), new ApplyTrial(rethrow));
      commit();
      for (const event of events) source.apply(event);
      from = to;
      if (to < history.events.length && random.below(COMPARED) > 0) continue;
      const lines = differingRows(derived, await rebuilt());
      if (lines.length > 0) throw new Error(['rows are not those of a rebuild:', ...lines].join('\n'));
    } catch (error) {
      throw new BrokenLaw([String(error), ...story(plan, history, events)].join('\n'), { cause: error });
    }
  }
  return { history, derived };
}

export function sixTasks({ filesystemPaths }: Plan): readonly ReconOmTask[] {
  return reconTasks({ filesystemPaths });
}

/** Ends of deltas: mostly of batches, now and then in the middle of one. */
function cuts({ events, batchEnds }: OmHistory, random: ReturnType<typeof seededRandom>): number[] {
  const ends = batchEnds.filter(() => random.below(3) > 0);
  if (random.below(3) === 0) ends.push(random.below(events.length + 1));
  return [...new Set(ends)].filter((end) => end < events.length).sort((left, right) => left - right);
}

function deltaOf(events: readonly SourceEvent[]) {
  const after = (events[0]?.sequence ?? FIRST_SEQUENCE + 1n) - 1n;
  return { after, through: events.at(-1)?.sequence ?? after, events };
}

function rethrow(error: Error): never {
  throw error;
}

function story(plan: Plan, { told }: OmHistory, events: readonly SourceEvent[]): string[] {
  return [
    `file-system paths ${plan.filesystemPaths ? 'on' : 'off'}; what was done:`,
    ...told.map((line) => `  ${line ?? '(flush)'}`),
    'the last delta (table, key: before → after):',
    ...events.map(
      ({ table, key, before, after }) =>
        `  ${table} ${bytesText(key)}: ${bytesText(before)} → ${bytesText(after)}`,
    ),
  ];
}
