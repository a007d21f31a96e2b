import { throwIfAborted } from '../errors.ts';
import { storeOf, type Engine } from './engine.ts';
import type { StagedGeneration } from './stage.ts';
import { storeStep } from '../store/store-step.ts';

/** Step 4: everything slow that the switch needs, while the old data is served. */
export async function prepare(
  engine: Engine,
  staged: ReadonlyMap<string, StagedGeneration>,
  signal: AbortSignal,
): Promise<void> {
  for (const { store, generation } of staged.values()) {
    throwIfAborted(signal);
    await storeStep(store, 'prepare', () => storeOf(engine, store).prepare(generation));
    await engine.failPoint(`4-prepared:${store}`);
  }
  await engine.failPoint('4-ready');
}
