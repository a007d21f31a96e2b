import { withoutSwitch } from '../control/record-changes.ts';
import type { RunSummary } from '../control/run-summary.ts';
import { isReprocessError, StagedReprocessError, throwIfAborted } from '../errors.ts';
import type { ReprocessReason, Source, SourceSnapshot } from '../source/source.ts';
import type { ReconOmTask } from '../task/task.ts';
import { checkDiskSpace } from './disk-space.ts';
import type { Engine } from './engine.ts';
import { prepare } from './prepare.ts';
import { processTasks } from './process-tasks.ts';
import type { ReprocessReport } from './report.ts';
import { RunRecorder } from './run-recorder.ts';
import { rollBack } from './roll-back.ts';
import { checkSequence, closeSnapshot, openSnapshot } from './snapshot.ts';
import { stage, type StagedGeneration } from './stage.ts';
import { sweep } from './retire.ts';
import { switchOver } from './switch-over.ts';
import { verify } from './verify.ts';

export interface RunRequest {
  readonly reason: ReprocessReason;
  readonly source: Source;
  /** The tasks to rebuild, with all that share their stores. */
  readonly tasks: readonly ReconOmTask[];
  readonly signal: AbortSignal;
}

/**
 * One run from start to end. Resolves with the report once its generations are live; rejects with an error whose
 * `details.report` is the whole report otherwise, after everything is undone.
 */
export async function run(engine: Engine, request: RunRequest): Promise<ReprocessReport> {
  const recorder = new RunRecorder(engine.options.clock, request.reason, request.tasks);
  engine.progress.begin(engine.options.clock.now());
  engine.phase.send('START');
  engine.announcer.emit('run:begin', {
    reason: request.reason,
    tasks: request.tasks.map(({ taskName }) => taskName),
  });
  try {
    await rebuild(engine, request, recorder);
  } catch (error) {
    return await fail(engine, request, recorder, error);
  } finally {
    engine.progress.end();
  }
  engine.phase.send('RETIRED');
  const report = recorder.report('switched');
  await remember(engine, report);
  engine.announcer.emit('run:end', { report });
  return report;
}

async function rebuild(engine: Engine, request: RunRequest, recorder: RunRecorder): Promise<void> {
  const { signal } = request;
  await sweepLeftovers(engine);
  const snapshot = await recorder.phase('snapshot', () => openSnapshot(engine, request));
  let staged: ReadonlyMap<string, StagedGeneration>;
  const stores = [...new Set(request.tasks.map(({ store }) => store))];
  const seed = engine.options.seed ?? Math.floor(Math.random() * 2 ** 31);
  try {
    recorder.snapshot = { sequence: snapshot.sequence, history: snapshot.history };
    await engine.failPoint('0-snapshot');
    checkSequence(engine, stores, snapshot);
    staged = await stageAndProcess(engine, request, recorder, { snapshot, stores, seed });
  } finally {
    await closeSnapshot(engine, snapshot);
  }
  engine.phase.send('PROCESSED');
  throwIfAborted(signal);
  const generation = recorder.generation;
  engine.announcer.emit('verify:begin', { generation });
  try {
    recorder.verification = await recorder.phase('verify', () => verify(engine, staged, seed, signal));
  } finally {
    engine.announcer.emit('verify:end', { generation, verification: recorder.verification });
  }
  await engine.failPoint('3-verified');
  await recorder.phase('prepare', () => prepare(engine, staged, signal));
  throwIfAborted(signal);
  const rows = rowsOf(staged);
  const live = engine.control.record.live?.stores ?? {};
  const to = {
    generation,
    stores: { ...live, ...Object.fromEntries(stores.map((store) => [store, generation])) },
  };
  recorder.stores = stores.map((store) => ({
    store,
    from: live[store],
    to: generation,
    rows: rows.get(store) ?? {},
  }));
  await recorder.phase('commit', () => switchOver(engine, { kind: 'switch', to, rows, signal }));
}

async function stageAndProcess(
  engine: Engine,
  request: RunRequest,
  recorder: RunRecorder,
  plan: { readonly snapshot: SourceSnapshot; readonly stores: readonly string[]; readonly seed: number },
): Promise<ReadonlyMap<string, StagedGeneration>> {
  const { signal, tasks } = request;
  const { snapshot, stores, seed } = plan;
  await checkDiskSpace(engine, stores, snapshot);
  throwIfAborted(signal);
  const record = await engine.control.update((current) => ({
    ...current,
    lastGeneration: current.lastGeneration + 1,
  }));
  const generation = (recorder.generation = record.lastGeneration);
  const staged = await recorder.phase('stage', () => stage(engine, generation, stores, snapshot, seed));
  recorder.staged = staged;
  await engine.failPoint('1-staged');
  engine.phase.send('STAGED');
  await recorder.phase('process', () =>
    processTasks(engine, {
      generation,
      tasks,
      snapshot,
      staged,
      signal,
      onReport: (report) => {
        recorder.addTask(report);
      },
    }),
  );
  return staged;
}

async function fail(
  engine: Engine,
  request: RunRequest,
  recorder: RunRecorder,
  error: unknown,
): Promise<never> {
  const { generationOrNone: generation, staged } = recorder;
  const rolledBack = await rollBack(engine, { generation, staged, error, signal: request.signal });
  recorder.error = rolledBack.error;
  recorder.rollbackError = rolledBack.rollbackError;
  const report = recorder.report(rolledBack.aborted ? 'aborted' : 'failed');
  await remember(engine, report);
  engine.announcer.emit('run:end', { report });
  throw withReport(rolledBack.error, report, rolledBack.rollbackError);
}

/** The first error, with the whole report in its details. */
function withReport(error: unknown, report: ReprocessReport, rollbackError: unknown): StagedReprocessError {
  const details = { report, ...(rollbackError === undefined ? {} : { rollbackError }) };
  if (!isReprocessError(error)) {
    return new StagedReprocessError('REPROCESS_STORE_FAILED', 'The run failed', { details, cause: error });
  }
  return new StagedReprocessError(error.code, error.message, {
    details: { ...error.details, ...details },
    cause: error.cause,
  });
}

/** What an earlier run could not clean up. */
async function sweepLeftovers(engine: Engine): Promise<void> {
  if (JSON.stringify(withoutSwitch(engine.control.record)) !== JSON.stringify(engine.control.record)) {
    await engine.control.update(withoutSwitch);
  }
  await sweep(engine);
}

function rowsOf(
  staged: ReadonlyMap<string, StagedGeneration>,
): ReadonlyMap<string, Readonly<Record<string, number>>> {
  return new Map(
    [...staged].map(([store, { tables }]) => [
      store,
      Object.fromEntries([...tables].map(([table, { written }]) => [table, written])),
    ]),
  );
}

/** Writes the history; the run itself stands whether or not that works. */
async function remember(engine: Engine, report: ReprocessReport): Promise<void> {
  if (report.generation === undefined || engine.undecided !== undefined) return;
  const summary: RunSummary = {
    format: 1,
    generation: report.generation,
    reason: report.reason,
    outcome: report.outcome,
    startedAtMs: report.startedAtMs,
    durationMs: report.durationMs,
    sequence: report.snapshot?.sequence.toString() ?? null,
    error:
      report.error === undefined
        ? null
        : { code: report.error.code ?? 'UNKNOWN', message: report.error.message },
  };
  try {
    await engine.control.appendRun(summary);
  } catch (error) {
    engine.announcer.alert('HISTORY_FAILED', 'The run could not be added to the history', error);
  }
}
