import type { OpenGeneration } from '../store/open-generation.ts';
import { storeOf, type Engine } from './engine.ts';
import { storeStep } from '../store/store-step.ts';

/**
 * Opens a generation, works with it and closes it. What the store throws names the step; of two errors the first one is
 * told.
 */
export async function withOpenGeneration(
  engine: Engine,
  what: { readonly store: string; readonly generation: number; readonly step: string },
  work: (open: OpenGeneration) => Promise<void>,
): Promise<void> {
  const { store, generation, step } = what;
  const open = await storeStep(store, step, () => storeOf(engine, store).openGeneration(generation));
  try {
    await storeStep(store, step, () => work(open));
  } catch (error) {
    await open.close().catch(() => undefined);
    throw error;
  }
  await storeStep(store, step, () => open.close());
}
