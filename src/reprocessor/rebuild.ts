import { withoutSwitch } from '../control/record-changes.ts';
import { throwIfAborted } from '../errors.ts';
import type { ReprocessReason, Source, SourceSnapshot } from '../source/source.ts';
import type { ReconOmTask } from '../task/task.ts';
import type { SwitchCondition } from './deltas/catch-up.ts';
import { EVERYTHING } from './deltas/log-claims.ts';
import { checkDiskSpace } from './disk-space.ts';
import type { Engine } from './engine.ts';
import { prepare } from './prepare.ts';
import { processTasks } from './process-tasks.ts';
import { putLive } from './put-live.ts';
import { sweep } from './retire.ts';
import type { RunRecorder } from './run-recorder.ts';
import { checkSequence, closeSnapshot, openSnapshot } from './snapshot.ts';
import { stage, type StagedGeneration } from './stage.ts';
import { liveRows, verify } from './verify.ts';

export interface RunRequest {
  readonly reason: ReprocessReason;
  readonly source: Source;
  /** The tasks to rebuild, with all that share their stores. */
  readonly tasks: readonly ReconOmTask[];
  readonly condition: SwitchCondition;
  /** Rebuild, verify and compare, without a switch. */
  readonly shadow: boolean;
  readonly signal: AbortSignal;
}

/** Steps 1 to 9 of a run, or as far as a shadow run goes. What it throws is undone by the caller. */
export async function rebuild(engine: Engine, request: RunRequest, recorder: RunRecorder): Promise<void> {
  const { signal } = request;
  await sweepLeftovers(engine);
  // A snapshot may lie anywhere, so nothing of the log goes until it is open.
  engine.deltas.runClaim = EVERYTHING;
  const snapshot = await recorder.phase('snapshot', () => openSnapshot(engine, request));
  const rowsBefore = liveRows(engine);
  let staged: ReadonlyMap<string, StagedGeneration>;
  const stores = [...new Set(request.tasks.map(({ store }) => store))];
  const seed = engine.options.seed ?? Math.floor(Math.random() * 2 ** 31);
  try {
    recorder.snapshot = { sequence: snapshot.sequence, history: snapshot.history };
    await engine.failPoint('0-snapshot');
    checkSequence(engine, { stores, snapshot, reason: request.reason });
    engine.deltas.runClaim = snapshot.sequence;
    staged = await stageAndProcess(engine, request, recorder, { snapshot, stores, seed });
  } finally {
    await closeSnapshot(engine, snapshot, signal);
  }
  engine.phase.send('PROCESSED');
  throwIfAborted(signal);
  const generation = recorder.generation;
  engine.announcer.emit('verify:begin', { generation });
  try {
    recorder.verification = await recorder.phase('verify', () =>
      verify(engine, staged, { seed, signal, rowsBefore }),
    );
  } finally {
    engine.announcer.emit('verify:end', { generation, verification: recorder.verification });
  }
  await engine.failPoint('3-verified');
  await recorder.phase('prepare', () => prepare(engine, staged, signal));
  throwIfAborted(signal);
  await putLive(engine, request, recorder, snapshot);
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

/** What an earlier run could not clean up. */
async function sweepLeftovers(engine: Engine): Promise<void> {
  if (JSON.stringify(withoutSwitch(engine.control.record)) !== JSON.stringify(engine.control.record)) {
    await engine.control.update(withoutSwitch);
  }
  await sweep(engine);
}
