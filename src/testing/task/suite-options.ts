import { randomInt } from 'node:crypto';
import type { TaskFor } from '../../reprocessor/open-options.ts';
import type { BytesOrText } from '../../source/bytes-or-text.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import type { Stores } from '../../store/lease.ts';
import type { ReconOmTask } from '../../task/task.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { EventOrder } from './event-order.ts';
import type { SourceModel, TableRow } from './source-model.ts';

/** @public */
export interface TaskSuiteOptions<S extends Stores> {
  /** Stands in the names of the tests. */
  readonly name: string;
  /** The stores that the tasks write to, as for `StagedReprocessor.open`, in no place of their own. */
  readonly stores: S;
  /** Makes the tasks anew, as a process that starts does: all that write to these stores. */
  readonly tasks: () => readonly TaskFor<S>[];
  readonly model: SourceModel;
  /** Histories a test in memory. @defaultValue 200 */
  readonly histories?: number;
  /** Histories through a reprocessor with the stores themselves. @defaultValue 5 */
  readonly hostedHistories?: number;
  /** @defaultValue 20 */
  readonly operationsPerHistory?: number;
  /** Repeats what a failure tells; drawn anew for each run when left out. */
  readonly seed?: number;
  /** @defaultValue 'in-order' */
  readonly order?: EventOrder;
  /**
   * Makes a value that nobody should be able to decode, or that is impossible; `false` when the tasks need not bear any. Random
   * bytes, values cut short and values with a bit turned when left out.
   */
  readonly corrupt?: false | ((random: SeededRandom, row: TableRow) => BytesOrText);
}

/** The options as the tests of the suite have them. */
export interface TaskSubject {
  readonly name: string;
  readonly stores: Stores;
  readonly tasks: () => readonly ReconOmTask[];
  readonly model: SourceModel;
  readonly histories: number;
  readonly hostedHistories: number;
  readonly operations: number;
  readonly seed: number;
  readonly order: EventOrder;
  readonly corrupt: ((random: SeededRandom, row: TableRow) => BytesOrText) | undefined;
}

const KEYS = [
  'name',
  'stores',
  'tasks',
  'model',
  'histories',
  'hostedHistories',
  'operationsPerHistory',
  'seed',
  'order',
  'corrupt',
];
const ORDERS: readonly EventOrder[] = ['in-order', 'across-keys', 'one-a-key'];

/** Checks the options and fills in the defaults. Throws `TypeError`. */
export function taskSubject<S extends Stores>(options: TaskSuiteOptions<S>): TaskSubject {
  checkKeys(options, KEYS);
  const { name, stores, tasks, model, order = 'in-order', corrupt = anyBytes } = options;
  if (!ORDERS.includes(order)) throw expected('order', `one of ${ORDERS.join(', ')}`, order);
  const seed = options.seed ?? randomInt(2 ** 31);
  if (!Number.isSafeInteger(seed)) throw expected('seed', 'an integer', seed);
  for (const task of tasks()) {
    if (typeof task.process === 'function') continue;
    throw expected(`tasks: ${task.taskName}.process`, 'a method', undefined);
  }
  return {
    name,
    stores,
    tasks,
    model,
    histories: count('histories', options.histories, 200),
    hostedHistories: count('hostedHistories', options.hostedHistories, 5),
    operations: count('operationsPerHistory', options.operationsPerHistory, 20),
    seed,
    order,
    corrupt: corrupt === false ? undefined : corrupt,
  };
}

function count(name: string, given: number | undefined, fallback: number): number {
  const value = given ?? fallback;
  if (!Number.isSafeInteger(value) || value < 0) throw expected(name, 'an integer from 0 on', value);
  return value;
}

function anyBytes(random: SeededRandom, { value }: TableRow): Uint8Array {
  const kind = random.below(3);
  if (kind === 0 || value.length === 0) return random.bytes(random.below(24));
  if (kind === 1) return value.subarray(0, random.below(value.length));
  const turned = Buffer.from(value);
  const at = random.below(turned.length);
  turned[at] = (turned[at] ?? 0) ^ (1 << random.below(8));
  return turned;
}
