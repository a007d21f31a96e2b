import type { SourceSnapshot } from '../source/source.ts';
import type { AppliedState } from '../store/applied-state.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import { encodeCursor } from './deltas/cursor.ts';
import { differences } from './differences.ts';
import type { Engine } from './engine.ts';
import { goLive } from './go-live.ts';
import type { RunRequest } from './rebuild.ts';
import type { RunRecorder } from './run-recorder.ts';
import type { StagedGeneration } from './stage.ts';

/** Steps 4b to 9, or a look at the result where no switch is wanted. */
export async function putLive(
  engine: Engine,
  request: RunRequest,
  recorder: RunRecorder,
  snapshot: SourceSnapshot,
): Promise<void> {
  const { generation, staged } = recorder;
  const { signal, condition, shadow } = request;
  const live = engine.control.record.live?.stores ?? {};
  const rebuilt = Object.fromEntries([...staged.keys()].map((store) => [store, generation]));
  const rows = rowsOf(staged);
  const built = new Map(
    [...staged.keys()].map((store) => [store, builtState(engine, snapshot, rows.get(store) ?? {})]),
  );
  recorder.stores = [...staged.keys()].map((store) => ({
    store,
    from: live[store],
    to: generation,
    rows: rows.get(store) ?? {},
  }));
  const compare = async (generations: readonly SharedGeneration[]): Promise<void> => {
    recorder.differences = await differences(engine, generations, signal);
  };
  await recorder.phase('commit', () =>
    goLive(engine, {
      kind: 'switch',
      to: { generation, stores: { ...live, ...rebuilt } },
      built,
      condition,
      signal,
      ...(shadow ? { insteadOfSwitch: compare } : {}),
    }),
  );
}

function builtState(
  engine: Engine,
  { sequence, history, cursor }: SourceSnapshot,
  rows: Readonly<Record<string, number>>,
): AppliedState {
  return { sequence, history, cursor: cursor === undefined ? undefined : encodeCursor(engine, cursor), rows };
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
