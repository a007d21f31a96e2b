import { StagedReprocessError } from '../../errors.ts';
import type { StoreTransaction } from '../../store/store-transaction.ts';
import { taskTable } from '../../store/task-table.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import type { ReconOmTask } from '../../task/task.ts';

/** What one attempt of a task's `process` may touch. */
export interface TaskContextOptions extends Pick<DeltaContext, 'signal' | 'quarantine' | 'finding'> {
  readonly transaction: StoreTransaction;
  /** Where each part has got to: the positions of the attempt before, and `seek` notes its own here. */
  readonly positions: Map<string, number>;
  /** Called at each use, before anything else; throws once the attempt is over. */
  readonly check: () => void;
  /** Called when what was done so far shall outlive a failure. */
  readonly onSeek?: () => void;
}

/** The context of one attempt. */
export function taskContext(options: TaskContextOptions): DeltaContext {
  const { transaction, positions, check, signal, quarantine, finding, onSeek } = options;
  return Object.freeze({
    signal,
    table: (table: string) => {
      check();
      return taskTable(transaction, table, check);
    },
    quarantine: (record) => {
      check();
      quarantine(record);
    },
    finding: (one) => {
      check();
      finding(one);
    },
    seek: (part: string, position: number) => {
      check();
      positions.set(part, position);
      transaction.savepoint();
      onSeek?.();
    },
    seekPositions: new Map(positions),
  } satisfies DeltaContext);
}

/**
 * What a task is shown of a delta: one that names its tables sees no other table's events, as it is shown no other table's rows
 * in a rebuild. `undefined` when nothing is left.
 */
export function deltaOfTask({ sourceTables }: ReconOmTask, delta: TaskDelta): TaskDelta | undefined {
  const events =
    sourceTables.length === 0
      ? delta.events
      : delta.events.filter(({ table }) => sourceTables.includes(table));
  if (events.length === 0) return undefined;
  const { after, through } = delta;
  return { after, through, events };
}

/** What a context throws that is used after the attempt has ended. */
export function contextEnded(task: string): StagedReprocessError {
  return new StagedReprocessError(
    'REPROCESS_HANDLE_CLOSED',
    `Task '${task}' used its delta context after its promise had settled`,
    { details: { task } },
  );
}
