import { stagedTaskOf } from '../../reprocessor/staged-task.ts';
import { TaskRun } from '../../reprocessor/task-run.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import type { Stores } from '../../store/lease.ts';
import { StagedTable } from '../../store/staged-table.ts';
import type { StoreAdapter } from '../../store/store.ts';
import { SharedScan } from '../../task/shared-scan.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { DerivedRows } from './derived-rows.ts';

/** Store → its rows. */
export type Derived = ReadonlyMap<string, DerivedRows>;

/**
 * Rebuilds all tasks from a snapshot into memory, with the engine's own sinks, merges and shared passes. Rejects with what
 * the first task threw.
 */
export async function rebuildRows(
  stores: Stores,
  tasks: readonly ReconOmTask[],
  snapshot: SourceSnapshot,
): Promise<Derived> {
  const derived = new Map(
    Object.entries(stores).map(([store, adapter]) => [store, new DerivedRows(adapter)]),
  );
  const staged = new Map([...derived].map(([store, rows]) => [store, stagedOf(store, rows)]));
  const ending = new AbortController();
  const scan = new SharedScan(snapshot, ending.signal);
  const runs = tasks.map((task, origin) => {
    const target = staged.get(task.store);
    if (target === undefined)
      throw new TypeError(`Task '${task.taskName}' writes to an unknown store '${task.store}'`);
    const run = new TaskRun(task, target, { origin, signal: ending.signal, hooks: NO_HOOKS });
    return { run, ...scan.join(task.sourceTables, { check: run.check, afterBatch: run.afterBatch }) };
  });
  const settled = runs.map(async ({ run, snapshot: view, end }) => {
    try {
      const result = await stagedTaskOf(run.task).reprocess(view, run.context);
      await run.drain();
      if (result?.success === false) throw new Error(result.message ?? 'The task returned a failure');
    } catch (error) {
      ending.abort(error);
    } finally {
      run.end();
      end();
    }
  });
  scan.start();
  await Promise.all(settled);
  await snapshot.close();
  if (ending.signal.aborted) throw ending.signal.reason;
  for (const { tables } of staged.values()) for (const table of tables.values()) await table.finish();
  return derived;
}

const NO_HOOKS = Object.freeze({ onProgress: () => undefined, onQuarantine: () => undefined });

function stagedOf(store: string, rows: DerivedRows) {
  const writer = rows.writer();
  const { adapter } = rows;
  return { store, generation: 1, adapter, writer, tables: tablesOf(adapter, writer) };
}

function tablesOf(
  adapter: StoreAdapter,
  writer: ReturnType<DerivedRows['writer']>,
): ReadonlyMap<string, StagedTable> {
  const options = {
    spillDirectory: undefined,
    runBytes: Infinity,
    digest: false,
    sampleRows: 0,
    seed: 0,
    told: (error: unknown) => error,
  };
  return new Map(
    adapter.tables.map((layout) => [
      layout.name,
      new StagedTable(layout, writer.table(layout.name), options),
    ]),
  );
}
