import { withoutSwitch } from '../control/record-changes.ts';
import type { RunSummary } from '../control/run-summary.ts';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import type { Engine } from './engine.ts';
import { rebuild, type RunRequest } from './rebuild.ts';
import type { ReprocessReport } from './report.ts';
import { RunRecorder } from './run-recorder.ts';
import { rollBack } from './roll-back.ts';
import { sweep } from './retire.ts';

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
  const givingUp = new AbortController();
  engine.deltas.giveUpRun = (error) => {
    givingUp.abort(error);
  };
  try {
    const signal = AbortSignal.any([request.signal, givingUp.signal]);
    await rebuild(engine, { ...request, signal }, recorder);
    if (request.shadow) await dropShadow(engine);
  } catch (error) {
    // What a step makes of being given up is not why it was.
    const { aborted } = givingUp.signal;
    const reason: unknown = givingUp.signal.reason;
    return await fail(engine, request, recorder, aborted ? reason : error);
  } finally {
    engine.progress.end();
    engine.deltas.giveUpRun = () => undefined;
    engine.deltas.runClaim = undefined;
    engine.deltas.bell.ring();
  }
  if (!request.shadow) engine.phase.send('RETIRED');
  const report = recorder.report(request.shadow ? 'compared' : 'switched');
  await remember(engine, report);
  engine.announcer.emit('run:end', { report });
  return report;
}

/** A shadow run has shown what it would do: nothing of it stays. */
async function dropShadow(engine: Engine): Promise<void> {
  await engine.control.update(withoutSwitch);
  await sweep(engine);
  engine.phase.send('CANCEL');
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
