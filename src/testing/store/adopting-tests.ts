import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import type { StoreBench } from './bench.ts';
import { GenerationModel } from './generation-model.ts';
import type { StoreSuiteOptions } from './subject.ts';

const planted = { rows: 2, variant: 0 };
const fresh = { rows: 50, variant: 1 };

/** Existing data is taken over where it lies. */
export function adoptingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'existing data is adopted as a live generation, twice', async (bench) => {
    const generation = await adopt(bench);
    await bench.expectFound({ [generation]: ['ready', 5] }, generation);
    await bench.expectContent(generation, planted);
  });

  storeTest(runner, options, 'an adopted generation is switched away from, and back to', async (bench) => {
    const generation = await adopt(bench);
    const next = generation + 1;
    const change = await bench.switchIn(generation, next, fresh);
    await bench.expectFound({ [generation]: ['ready', 5], [next]: ['ready', change.revision] }, next);
    await bench.expectContent(generation, planted);
    await bench.expectContent(next, fresh);
    await bench.store.undo(change);
    await bench.expectFound({ [generation]: ['ready', 5], [next]: ['ready', 0] }, generation);
    await bench.expectContent(generation, planted);
    await bench.store.discard(next);
    await bench.expectContent(generation, planted);
  });

  storeTest(runner, options, 'batches are applied to an adopted generation', async (bench) => {
    const generation = await adopt(bench);
    const model = new GenerationModel(bench, planted);
    await model.expectGeneration(generation);
    await bench.store.apply(generation, model.changeAll({ put: [1, 2, 3], variant: 4 }, 'one'));
    await model.expectGeneration(generation);
    await bench.switchIn(generation, generation + 1, fresh);
    await bench.store.apply(generation, model.changeAll({ put: [5], del: [0, 2] }, 'two'));
    await model.expectGeneration(generation);
    await bench.expectContent(generation + 1, fresh);
  });
}

async function adopt<Reader>(bench: StoreBench<Reader>): Promise<number> {
  await bench.close();
  const adopted = await bench.subject.plant?.();
  assert.ok(adopted, '`plant` is needed for an adapter that adopts');
  await bench.reopen({ adopted });
  for (let times = 0; times < 2; times += 1) await bench.store.adopt?.(adopted, 5);
  return adopted.generation;
}
