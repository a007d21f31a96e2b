import { StagedReprocessError, throwIfAborted } from '../errors.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import type { OpenGeneration } from '../store/open-generation.ts';
import { tasksOf, type Engine } from './engine.ts';
import type { TableVerification, VerificationReport } from './report.ts';
import type { StagedGeneration } from './stage.ts';
import { verifyTable } from './verify-table.ts';
import { withOpenGeneration } from './with-open-generation.ts';
import { withinTime } from './within-time.ts';

export interface VerifyOptions {
  readonly seed: number;
  readonly signal: AbortSignal;
  /** How many rows each live store had when the snapshot was opened. */
  readonly rowsBefore: ReadonlyMap<string, number>;
}

/** Live rows a store. Asked when the snapshot is opened: what deltas add to the live data later, staged data cannot have yet. */
export function liveRows(engine: Engine): ReadonlyMap<string, number> {
  const stores = engine.live.current?.stores ?? new Map<string, SharedGeneration>();
  return new Map(
    [...stores].map(([store, { applied }]) => [store, told(engine, store, Object.entries(applied.rows))]),
  );
}

/** Rows of the tables that tasks do not keep to themselves: how much one must remember says nothing about the data. */
function told(
  engine: Engine,
  store: string,
  rows: readonly (readonly [table: string, rows: number | undefined])[],
): number {
  const own = new Set(tasksOf(engine, store).flatMap(({ privateTables }) => privateTables ?? []));
  return sum(rows.map(([table, count]) => (own.has(table) ? 0 : (count ?? 0))));
}

/**
 * Step 3: refuses staged data that is not what was written, that lost more rows than allowed, or that a task's own check
 * refuses. Fails closed: a check that cannot be made refuses too.
 */
export async function verify(
  engine: Engine,
  staged: ReadonlyMap<string, StagedGeneration>,
  { seed, signal, rowsBefore }: VerifyOptions,
): Promise<VerificationReport> {
  const startedAtMs = engine.options.clock.now();
  const tables: TableVerification[] = [];
  for (const { store, generation, tables: stagedTables } of staged.values()) {
    guardShrink(
      engine,
      store,
      rowsBefore.get(store) ?? 0,
      told(
        engine,
        store,
        [...stagedTables].map(([table, { written }]) => [table, written]),
      ),
    );
    await withOpenGeneration(engine, { store, generation, step: 'verify' }, async (open) => {
      for (const table of stagedTables.values()) tables.push(await verifyTable(store, table, open, signal));
      await verifyByTasks(engine, store, open, signal);
    });
  }
  return { mode: engine.options.verify, seed, durationMs: engine.options.clock.now() - startedAtMs, tables };
}

/** A store that suddenly is empty, or far smaller, is more often a fault of the source than the truth. */
function guardShrink(engine: Engine, store: string, before: number, after: number): void {
  const { maxShrink } = engine.options;
  const lost = before - after;
  if (before === 0 || lost <= 0) return;
  if (after > 0 && lost <= before * maxShrink) return;
  throw new StagedReprocessError(
    'REPROCESS_VERIFY_FAILED',
    `Store '${store}' would shrink from ${String(before)} to ${String(after)} rows; at most a share of ${String(maxShrink)} may go`,
    { details: { store, rowsBefore: before, rowsAfter: after, maxShrink } },
  );
}

async function verifyByTasks(
  engine: Engine,
  store: string,
  open: OpenGeneration,
  signal: AbortSignal,
): Promise<void> {
  const tasks = tasksOf(engine, store).filter((task) => task.verify !== undefined);
  if (tasks.length === 0) return;
  const { clock, taskTimeoutMs: timeoutMs } = engine.options;
  const staged = open.view(ALWAYS, { frozen: false });
  const live = engine.live.generationOf(store)?.view(ALWAYS, { frozen: false });
  try {
    for (const task of tasks) {
      throwIfAborted(signal);
      const details = { store, task: task.taskName };
      const work = Promise.resolve().then(() => task.verify?.(staged.reader, live?.reader));
      const what = `verify() of task '${task.taskName}'`;
      try {
        await withinTime(work, { clock, timeoutMs, signal, what, details });
      } catch (error) {
        throwIfAborted(signal);
        throw new StagedReprocessError(
          'REPROCESS_VERIFY_FAILED',
          `Task '${task.taskName}' refused the staged data`,
          { details, cause: error },
        );
      }
    }
  } finally {
    staged.release();
    live?.release();
  }
}

/** The views end with the check, not with a lease. */
const ALWAYS = (): void => undefined;

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
