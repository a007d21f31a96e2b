import { abortError, StagedReprocessError } from '../errors.ts';
import type { SourceSnapshot } from '../source/source.ts';
import { SharedScan } from '../task/shared-scan.ts';
import type { TaskSnapshot } from '../task/snapshot.ts';
import type { ReconOmTask } from '../task/task.ts';
import type { Engine } from './engine.ts';
import type { TaskReport } from './report.ts';
import type { StagedGeneration } from './stage.ts';
import { stagedTaskOf, taskError } from './staged-task.ts';
import { storeStep } from '../store/store-step.ts';
import { TaskRun } from './task-run.ts';
import { withinTime } from './within-time.ts';

export interface ProcessRequest {
  readonly generation: number;
  readonly tasks: readonly ReconOmTask[];
  readonly snapshot: SourceSnapshot;
  readonly staged: ReadonlyMap<string, StagedGeneration>;
  readonly signal: AbortSignal;
  /** Told each task's report as it ends, so that a failed run has them too. */
  readonly onReport: (report: TaskReport) => void;
}

/**
 * Step 2: all tasks rebuild side by side, sharing the passes over the source. The first failure ends the others, which
 * are then reported as not run. Then what was sorted is merged into the stores.
 */
export async function processTasks(engine: Engine, request: ProcessRequest): Promise<void> {
  const { snapshot, signal, generation } = request;
  const ending = new AbortController();
  const either = AbortSignal.any([signal, ending.signal]);
  const scan = new SharedScan(snapshot, either);
  const quarantine = quarantineLimit(engine);
  const first: { run?: TaskRun; error?: StagedReprocessError } = {};
  const runs = request.tasks.map((task, origin) => {
    const run = new TaskRun(task, stagedOf(request, task.store), {
      origin,
      signal: either,
      hooks: {
        onProgress: (table, rows) => {
          engine.progress.add(task.taskName, table, rows);
        },
        onQuarantine: quarantine.count,
      },
    });
    const { snapshot: view, end } = scan.join(task.sourceTables, {
      check: run.check,
      afterBatch: run.afterBatch,
    });
    const tables = task.sourceTables.length === 0 ? snapshot.tables : task.sourceTables;
    engine.progress.expect(task.taskName, tables, (table) => snapshot.estimateRows(table));
    return { run, view, end };
  });
  const settled = runs.map(async ({ run, view, end }) => {
    const startedAtMs = engine.options.clock.now();
    engine.announcer.emit('task:begin', { taskName: run.task.taskName, generation });
    const outcome = await runTask(engine, run, view, { signal: either, checkQuarantined: quarantine.check });
    run.end();
    end();
    const { error } = outcome;
    if (error !== undefined && !either.aborted) {
      Object.assign(first, { run, error });
      ending.abort(error);
    }
    const how = error === undefined ? 'succeeded' : first.run === run ? 'failed' : 'not-run';
    const told = how === 'not-run' ? {} : outcome;
    const report = run.report(how, engine.options.clock.now() - startedAtMs, told);
    request.onReport(report);
    engine.announcer.emit('task:end', { generation, task: report });
  });
  scan.start();
  await Promise.all(settled);
  if (first.error !== undefined) throw first.error;
  if (signal.aborted) throw abortError(signal);
  await engine.failPoint('2-processed');
  await finishStores(request.staged, signal);
  await engine.failPoint('2-finished');
}

/** Merges what was sorted, and ends the writing of every store. */
async function finishStores(
  staged: ReadonlyMap<string, StagedGeneration>,
  signal: AbortSignal,
): Promise<void> {
  for (const { store, tables, writer } of staged.values()) {
    await storeStep(store, 'process', async () => {
      for (const table of tables.values()) {
        if (signal.aborted) throw abortError(signal);
        await table.finish();
      }
      await writer.finish();
    });
  }
}

function stagedOf(request: ProcessRequest, store: string): StagedGeneration {
  const staged = request.staged.get(store);
  if (staged === undefined) throw new Error(`Store '${store}' is not staged`);
  return staged;
}

async function runTask(
  engine: Engine,
  run: TaskRun,
  snapshot: TaskSnapshot,
  { signal, checkQuarantined }: { readonly signal: AbortSignal; readonly checkQuarantined: () => void },
): Promise<{ readonly error?: StagedReprocessError; readonly message?: string | undefined }> {
  const { taskName } = run.task;
  const { clock, taskTimeoutMs } = engine.options;
  try {
    const work = Promise.resolve().then(() => stagedTaskOf(run.task).reprocess(snapshot, run.context));
    const what = `Task '${taskName}'`;
    const result = await withinTime(work, {
      clock,
      timeoutMs: taskTimeoutMs,
      signal,
      what,
      details: { task: taskName },
    });
    await run.drain();
    if (result?.success === false) throw new Error(result.message ?? 'The task returned a failure');
    checkQuarantined();
    return { message: result?.message };
  } catch (error) {
    return { error: signal.aborted ? abortError(signal) : taskError(taskName, error) };
  }
}

/** Over all tasks of the run. Checked again at a task's end: it may have caught what `count` threw, record by record. */
function quarantineLimit(engine: Engine): { readonly count: () => void; readonly check: () => void } {
  let count = 0;
  const { maxQuarantined } = engine.options;
  const check = (): void => {
    if (count <= maxQuarantined) return;
    throw new StagedReprocessError(
      'REPROCESS_QUARANTINED',
      `More than ${String(maxQuarantined)} source records were quarantined`,
      { details: { maxQuarantined } },
    );
  };
  return {
    count: () => {
      count += 1;
      check();
    },
    check,
  };
}
