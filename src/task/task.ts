import type { StoreAdapter, ReaderOf } from '../store/store.ts';
import type { TaskContext } from './context.ts';
import type { DeltaContext, TaskDelta } from './delta-context.ts';
import type { TaskSnapshot } from './snapshot.ts';

/**
 * What a task returns when it wants to say more than "done".
 *
 * @public
 */
export interface TaskResult {
  /** `false` fails the run just as a throw does. @defaultValue true */
  readonly success?: boolean;
  /** One sentence for the report. */
  readonly message?: string;
}

/**
 * Code that derives data from a source into exactly one store. `A` is the store's adapter (`typeof myStore`): it types
 * the sinks and what `verify` reads.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.ReconOmTask, whose name and life cycle it keeps.
 * @public
 */
export interface ReconOmTask<A extends StoreAdapter = StoreAdapter> {
  /** Unique among the tasks of a reprocessor; names the task in reports, events and status. */
  readonly taskName: string;
  /** Raised by the author whenever the same source would give other rows. */
  readonly version: number;
  /** Name of the one store that the task writes to. */
  readonly store: string;
  /** The source tables that the task scans; an empty list means that it takes them from the snapshot. */
  readonly sourceTables: readonly string[];
  /** Tables of its store that hold what only the task itself needs to remember. */
  readonly privateTables?: readonly string[];
  /** Options that change the rows; recorded, and compared at open like `version`. Plain JSON. */
  readonly dataOptions?: Readonly<Record<string, unknown>>;
  /** Called once at open and after every switch, so that caches can be dropped. */
  init?(): Promise<void> | void;
  /**
   * Derives everything from `snapshot` and writes it through `context.sink(table)`. Rejecting, or returning
   * `{ success: false }`, fails the run; the live data stays.
   */
  // A task that has nothing to say returns nothing.
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
  reprocess(snapshot: TaskSnapshot, context: TaskContext<A>): Promise<TaskResult | void>;
  /**
   * Applies source changes to what `reprocess` has derived. The delta law: the store after `reprocess` at one sequence and
   * `process` of all deltas up to another equals, byte for byte, the store after `reprocess` at the other. It reads only
   * its delta and its own store. Rejecting, or returning `{ success: false }`, drops what it wrote; it is tried once more
   * from its seek positions, then the tasks of its store are rebuilt.
   *
   * A host that calls `consume` needs it in every task.
   */
  // eslint-disable-next-line @typescript-eslint/no-invalid-void-type
  process?(delta: TaskDelta, context: DeltaContext<A>): Promise<TaskResult | void>;
  /** The object that runs in staging; must not be the task itself. Without it the task itself runs: its context is staged. */
  getStagedTask?(): ReconOmTask<A>;
  /** Throws when the staged rows are not what they must be. `live` is `undefined` before the first switch. */
  verify?(staged: ReaderOf<A>, live: ReaderOf<A> | undefined): Promise<void> | void;
}

/**
 * Checks the shape of a task and returns it, with its types.
 *
 * @public
 */
export function defineTask<A extends StoreAdapter, const Store extends string>(
  task: ReconOmTask<A> & { readonly store: Store },
): ReconOmTask<A> & { readonly store: Store } {
  return task;
}
