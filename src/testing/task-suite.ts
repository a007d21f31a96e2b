import type { Stores } from '../store/lease.ts';
import type { SuiteRunner } from './suite-runner.ts';
import { cutTests } from './task/cut-tests.ts';
import { damageTests } from './task/damage-tests.ts';
import { faultTests } from './task/fault-tests.ts';
import { hostedTests } from './task/hosted-tests.ts';
import { memoryTests } from './task/memory-tests.ts';
import { taskSubject, type TaskSuiteOptions } from './task/suite-options.ts';

/**
 * Registers the tests that prove the delta law of some tasks: after any operations of the source the rows that `process` has made,
 * delta by delta, equal those that `reprocess` makes of a snapshot, at every cut, byte for byte but for volatile columns. Tables
 * named in `privateTables` are held to it like the others.
 *
 * The operations come from a model of the author's source. In memory, with the encodings and merge rules of the stores, hundreds of
 * histories a second go through deltas of any size, deltas that are lost and come again, attempts that fail anywhere, restarts,
 * rebuilds beside the live data, switches, ways back, and values that cannot be decoded. A few more go through a
 * `StagedReprocessor` with the stores themselves, in a temporary directory of the suite's own, with deltas that come twice or
 * overlap, crashes before and after a commit, and rebuilds and ways back meanwhile. What `changesItself` (triggers) is right in
 * the latter only: such a table fails in memory when others depend on it.
 *
 * A failure tells the operations, the rows that differ, and the `seed` that repeats it; where a shorter history fails too, it is the
 * one that is told. The runner is passed in; failures are errors of `node:assert`.
 *
 * @example
 * ```ts
 * import { describe, it } from 'node:test'
 *
 * taskSuite({ describe, it }, {
 *   name: 'DailyTotals',
 *   stores: { totals },
 *   tasks: () => [new DailyTotalsTask()],
 *   model: rowsModel({
 *     orders: { keys: 8, value: (random) => JSON.stringify({ day: random.pick(DAYS), cents: random.below(5000) }) },
 *   }),
 * })
 * ```
 *
 * A source whose rows depend on one another has a model of its own:
 *
 * @example
 * ```ts
 * const model: SourceModel = {
 *   tables: ['folders', 'files'],
 *   initial: () => ({ folders: [['root', '{}']] }),
 *   operation(random, rows) {
 *     const folder = random.pick(rows.of('folders'))
 *     if (folder.key.toString() !== 'root' && random.below(4) === 0) {
 *       const inside = rows.of('files').filter(({ value }) => value.equals(folder.key))
 *       return [...inside.map(({ key }) => ({ table: 'files', key })), { table: 'folders', key: folder.key }]
 *     }
 *     return [{ table: 'files', key: `f${random.below(9)}`, value: folder.key }]
 *   },
 * }
 * ```
 *
 * @throws TypeError on a wrong option, and when a task has no `process`.
 * @public
 */
export function taskSuite<const S extends Stores>(runner: SuiteRunner, options: TaskSuiteOptions<S>): void {
  const subject = taskSubject(options);
  runner.describe(`${subject.name}: the task suite`, () => {
    cutTests(runner, subject);
    faultTests(runner, subject);
    memoryTests(runner, subject);
    damageTests(runner, subject);
    if (subject.hostedHistories > 0) hostedTests(runner, subject);
  });
}
