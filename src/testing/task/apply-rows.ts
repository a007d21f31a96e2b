import { StagedReprocessError } from '../../errors.ts';
import { contextEnded, deltaOfTask, taskContext } from '../../reprocessor/deltas/task-context.ts';
import type { TableWrites } from '../../store/store-batch.ts';
import { StoreTransaction } from '../../store/store-transaction.ts';
import type { TaskDelta } from '../../task/delta-context.ts';
import type { ReconOmTask } from '../../task/task.ts';
import type { Derived } from './rebuild-rows.ts';

/** What goes wrong while a delta is applied, and what was seen of the tasks. */
export class ApplyTrial {
  /** Calls of the contexts so far. */
  calls = 0;
  hasFailed = false;
  readonly #failCall: number | undefined;
  readonly #onLate: (error: Error) => void;

  /**
   * @param onLate - Told of every use of a context after the promise of `process` has settled, whenever that is.
   * @param failCall - Number of the call of a context that fails, from 0; none when left out.
   */
  constructor(onLate: (error: Error) => void, failCall?: number) {
    this.#onLate = onLate;
    this.#failCall = failCall;
  }

  count(): void {
    const call = this.calls++;
    if (this.hasFailed || call !== this.#failCall) return;
    this.hasFailed = true;
    throw new StagedReprocessError('REPROCESS_STORE_FAILED', 'A fault that the task suite made');
  }

  tellLate(error: Error): void {
    this.#onLate(error);
  }
}

/**
 * Lets all tasks apply a delta, as the engine does: each in its store's transaction, a failed attempt taken back to its last
 * seek and made once more from there. Returns how to commit what they wrote.
 */
export async function applyRows(
  derived: Derived,
  tasks: readonly ReconOmTask[],
  delta: TaskDelta,
  trial: ApplyTrial,
): Promise<() => void> {
  const commits: { readonly store: string; readonly writes: readonly TableWrites[] }[] = [];
  for (const [store, rows] of derived) {
    const transaction = new StoreTransaction(rows.adapter, rows);
    for (const task of tasks) {
      if (task.store === store) await applyToTask(task, transaction, delta, trial);
    }
    commits.push({ store, writes: (await transaction.result()).writes });
  }
  return () => {
    for (const { store, writes } of commits) derived.get(store)?.apply(writes);
  };
}

async function applyToTask(
  task: ReconOmTask,
  transaction: StoreTransaction,
  whole: TaskDelta,
  trial: ApplyTrial,
): Promise<void> {
  const delta = deltaOfTask(task, whole);
  if (delta === undefined) return;
  const positions = new Map<string, number>();
  transaction.savepoint();
  try {
    await attempt(task, transaction, delta, trial, positions);
  } catch (error) {
    if (!trial.hasFailed) throw error;
    transaction.undo();
    await attempt(task, transaction, delta, trial, positions);
  }
}

async function attempt(
  task: ReconOmTask,
  transaction: StoreTransaction,
  delta: TaskDelta,
  trial: ApplyTrial,
  positions: Map<string, number>,
): Promise<void> {
  let state: 'running' | 'succeeded' | 'failed' = 'running';
  const check = (): void => {
    if (state === 'running') {
      trial.count();
      return;
    }
    const error = contextEnded(task.taskName);
    // What a failed attempt has begun side by side cannot be called back.
    if (state === 'succeeded') trial.tellLate(error);
    throw error;
  };
  const { signal } = new AbortController();
  const nothing = (): void => undefined;
  const context = taskContext({
    transaction,
    positions,
    signal,
    check,
    quarantine: nothing,
    finding: nothing,
  });
  try {
    const result = await task.process?.(delta, context);
    if (result?.success === false) throw new Error(result.message ?? 'The task returned a failure');
    state = 'succeeded';
  } catch (error) {
    state = 'failed';
    throw error;
  }
}
