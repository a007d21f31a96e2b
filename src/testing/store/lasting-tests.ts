import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import { during } from './during.ts';
import { GenerationModel, switchInModel } from './generation-model.ts';
import type { StoreSuiteOptions } from './subject.ts';

const old = { rows: 40, variant: 0 };
const fresh = { rows: 30, variant: 1 };
const changes = { put: [3, 7, 41], del: [5, 44], variant: 2 };

/** What was applied stays: over switches, over an opening, beside whatever happens to other generations. */
export function lastingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'rows and applied text stay over commits and undos', async (bench) => {
    const first = await switchInModel(bench, undefined, 1, old);
    await bench.store.apply(1, first.changeAll(changes, 'first'));
    await bench.buildReady(2, fresh);
    const second = new GenerationModel(bench, fresh);
    await bench.store.apply(2, second.changeAll(changes, 'second'));
    const change = await bench.planSwitch(1, 2);
    const both = async (): Promise<void> => {
      await first.expectGeneration(1);
      await second.expectGeneration(2);
    };
    await bench.store.commit(change);
    await both();
    await bench.store.apply(1, first.changeAll({ put: [8] }, 'first, retained'));
    await bench.store.undo(change);
    await both();
    await bench.store.apply(2, second.changeAll({ del: [8] }, 'second, undone'));
    await bench.store.commit(change);
    await bench.store.apply(2, second.changeAll({ put: [70], del: [3] }, 'second, live'));
    await both();
  });

  storeTest(runner, options, 'rows and applied text go with their generation', async (bench) => {
    const first = await switchInModel(bench, undefined, 1, old);
    await bench.buildReady(2, fresh);
    await bench.store.apply(2, new GenerationModel(bench, fresh).changeAll(changes, 'gone'));
    await bench.store.discard(2);
    await bench.buildReady(2, fresh);
    await new GenerationModel(bench, fresh).expectGeneration(2);
    await first.expectGeneration(1);
  });

  storeTest(
    runner,
    options,
    'batches are applied while other generations are staged, prepared and discarded',
    async (bench) => {
      await bench.switchIn(undefined, 1, fresh);
      const model = await switchInModel(bench, 1, 2, old);
      const others = async (): Promise<void> => {
        await bench.build(3, fresh);
        await bench.store.prepare(3);
        await bench.store.discard(1);
        await bench.build(4, old);
        await bench.store.discard(4);
      };
      let count = 0;
      await during(others(), async () => {
        const put = [count % 9, 50 + (count % 30)];
        await bench.store.apply(2, model.changeAll({ put, del: [9], variant: count % 10 }, String(count)));
        count += 1;
      });
      await model.expectGeneration(2);
      await new GenerationModel(bench, fresh).expectGeneration(3);
    },
  );

  storeTest(runner, options, 'several generations take batches at the same time', async (bench) => {
    const models = [await switchInModel(bench, undefined, 1, old), await switchInModel(bench, 1, 2, fresh)];
    await bench.buildReady(3, old);
    models.push(new GenerationModel(bench, old));
    await Promise.all(
      models.map(async (model, index) => {
        for (let count = 0; count < 10; count += 1) {
          const batch = model.changeAll(
            { put: [count, 60 + count], del: [count + 1], variant: index },
            `${index}/${count}`,
          );
          await bench.store.apply(index + 1, batch);
        }
      }),
    );
    for (const [index, model] of models.entries()) await model.expectGeneration(index + 1);
  });

  if (!options.supports.durable) return;

  storeTest(runner, options, 'batches are there after reopening, and more are applied', async (bench) => {
    const models = [await switchInModel(bench, undefined, 1, old), await switchInModel(bench, 1, 2, fresh)];
    await bench.buildReady(3, old);
    models.push(new GenerationModel(bench, old));
    for (const round of ['first', 'second', 'third']) {
      for (const [index, model] of models.entries()) {
        const batch = model.changeAll(
          { put: [round.length, 80 + index], del: [index] },
          `${round} ${String(index)}`,
        );
        await bench.store.apply(index + 1, batch);
      }
      await bench.reopen();
      for (const [index, model] of models.entries()) await model.expectGeneration(index + 1);
    }
    await bench.store.discard(1);
    await bench.store.discard(3);
    await bench.close();
    assert.deepEqual((await bench.subject.leftovers?.([2])) ?? [], [], 'nothing is left over');
  });

  storeTest(
    runner,
    options,
    'recovery rolls a switch forward or back below what was applied',
    async (bench) => {
      const first = await switchInModel(bench, undefined, 1, old);
      await bench.store.apply(1, first.changeAll(changes, 'first'));
      await bench.buildReady(2, fresh);
      const second = new GenerationModel(bench, fresh);
      await bench.store.apply(2, second.changeAll(changes, 'second'));
      const change = await bench.planSwitch(1, 2);
      for (const step of ['commit', 'undo', 'commit'] as const) {
        await bench.reopen();
        await bench.store[step](change);
        await bench.reopen();
        await first.expectGeneration(1);
        await second.expectGeneration(2);
      }
    },
  );
}
