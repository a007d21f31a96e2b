import { generationOf } from '../control/record-changes.ts';
import { decodeApplied, type AppliedState } from '../store/applied-state.ts';
import { SharedGeneration } from '../store/generation-set.ts';
import { storeStep } from '../store/store-step.ts';
import { storeOf, tasksOf, type Engine } from './engine.ts';
import { isCurrent } from './outdated.ts';

/**
 * Opens a generation that is, or is to become, live, and reads how far its data has got: the store says it once a delta was
 * applied, the control record until then.
 */
export async function openShared(
  engine: Engine,
  store: string,
  generation: number,
): Promise<SharedGeneration> {
  return storeStep(store, 'open', async () => {
    const open = await storeOf(engine, store).openGeneration(generation);
    try {
      const text = await open.applied();
      const applied = text === undefined ? recorded(engine, store, generation) : decodeApplied(store, text);
      const outdated = tasksOf(engine, store).length > 0 && !isCurrent(engine, store, generation);
      return new SharedGeneration(store, applied, open, outdated);
    } catch (error) {
      await open.close().catch(() => undefined);
      throw error;
    }
  });
}

function recorded(engine: Engine, store: string, generation: number): AppliedState {
  const known = generationOf(engine.control.record, { store, generation });
  return {
    sequence: BigInt(known?.sequence ?? 0),
    history: known?.history ?? undefined,
    cursor: known?.cursor ?? undefined,
    rows: known?.rows ?? {},
  };
}
