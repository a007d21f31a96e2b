import { generationOf } from '../control/record-changes.ts';
import { followsDeltas } from './accept-loss.ts';
import type { Engine } from './engine.ts';
import { isCurrent } from './outdated.ts';

/**
 * The newest retained set that was built by exactly the task versions and options that run now, and that the delta log can
 * bring up to the live data: it can be switched in without a rebuild. `undefined` when there is none.
 */
export function retainedOfVersion(engine: Engine): number | undefined {
  const { control, live, deltas } = engine;
  // Without deltas an older generation is older data.
  if (!followsDeltas(engine)) return undefined;
  const fitting = control.record.retained.find(({ stores }) =>
    Object.entries({ ...control.record.live?.stores, ...stores }).every(([store, generation]) => {
      if (!isCurrent(engine, store, generation)) return false;
      const shared = live.generationOf(store);
      if (shared === undefined || shared.generation === generation) return true;
      const sequence = BigInt(generationOf(control.record, { store, generation })?.sequence ?? 0);
      return deltas.log.reach(sequence) >= shared.sequence;
    }),
  );
  return fitting?.generation;
}
