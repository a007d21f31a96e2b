import { StagedReprocessError } from '../../errors.ts';
import type { SourceEvent } from '../../source/delta.ts';
import type { StoreTransaction } from '../../store/store-transaction.ts';
import { taskTable } from '../../store/task-table.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import type { ReconOmTask } from '../../task/task.ts';
import type { Engine } from '../engine.ts';
import type { SetAsideDraft } from './set-aside.ts';
import { taskError } from '../staged-task.ts';
import { withinTime } from '../within-time.ts';

/** One delta for one task: its context dies with each attempt. */
export interface TaskDeltaRequest {
  readonly task: ReconOmTask;
  readonly delta: TaskDelta;
  readonly transaction: StoreTransaction;
  readonly aside: SetAsideDraft;
  readonly signal: AbortSignal;
}

/**
 * Lets one task apply one delta inside the store's transaction. A failed attempt is taken back to the task's last seek, and
 * made once more from there; what it then throws is the task's failure.
 */
export async function applyToTask(engine: Engine, request: TaskDeltaRequest): Promise<void> {
  const { task, transaction, signal } = request;
  const events = ofTask(task, request.delta.events);
  if (events.length === 0) return;
  const delta: TaskDelta = { ...request.delta, events };
  const positions = new Map<string, number>();
  transaction.savepoint();
  try {
    await attempt(engine, request, delta, positions, new Map());
  } catch (error) {
    transaction.undo();
    if (signal.aborted) throw error;
    engine.announcer.info('A task failed to apply a delta and is tried once more', {
      task: task.taskName,
      through: delta.through,
      seekPositions: [...positions],
    });
    try {
      await attempt(engine, request, delta, positions, new Map(positions));
    } catch (second) {
      throw request.signal.aborted ? second : taskError(task.taskName, second);
    }
  }
}

/** A task that names its tables is shown no other table's events, as it is shown no other table's rows in a rebuild. */
function ofTask(task: ReconOmTask, events: readonly SourceEvent[]): readonly SourceEvent[] {
  const { sourceTables } = task;
  return sourceTables.length === 0 ? events : events.filter(({ table }) => sourceTables.includes(table));
}

async function attempt(
  engine: Engine,
  request: TaskDeltaRequest,
  delta: TaskDelta,
  positions: Map<string, number>,
  seekPositions: ReadonlyMap<string, number>,
): Promise<void> {
  const { task, transaction, signal } = request;
  const { taskName } = task;
  const aside = request.aside.attempt();
  let alive = true;
  const check = (): void => {
    if (alive) return;
    throw new StagedReprocessError(
      'REPROCESS_HANDLE_CLOSED',
      `Task '${taskName}' used its delta context after its promise had settled`,
      { details: { task: taskName } },
    );
  };
  const context: DeltaContext = Object.freeze({
    signal,
    table: (table: string) => {
      check();
      return taskTable(transaction, table, check);
    },
    quarantine: (record) => {
      check();
      aside.quarantine(record);
    },
    finding: (finding) => {
      check();
      aside.find(finding);
    },
    seek: (part: string, position: number) => {
      check();
      positions.set(part, position);
      transaction.savepoint();
      aside.keep();
    },
    seekPositions,
  } satisfies DeltaContext);
  const { clock, taskTimeoutMs: timeoutMs } = engine.options;
  const work = Promise.resolve().then(() => task.process?.(delta, context));
  const what = `process() of task '${taskName}'`;
  try {
    const result = await withinTime(work, { clock, timeoutMs, signal, what, details: { task: taskName } });
    if (result?.success === false) throw new Error(result.message ?? 'The task returned a failure');
    aside.keep();
  } finally {
    alive = false;
  }
}
