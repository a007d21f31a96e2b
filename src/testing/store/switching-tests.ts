import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import type { StoreSuiteOptions } from './subject.ts';

/** Step 6: `commit` and `undo`, with the markers that they leave. */
export function switchingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  const old = { rows: 60, variant: 0 };
  const fresh = { rows: 45, variant: 1 };

  storeTest(runner, options, 'the first switch has nothing before it', async (bench) => {
    const change = await bench.switchIn(undefined, 1, old);
    await bench.expectFound({ 1: ['ready', change.revision] }, 1);
    await bench.expectContent(1, old);
  });

  storeTest(runner, options, 'the first switch is undone', async (bench) => {
    const change = await bench.switchIn(undefined, 1, old);
    await bench.store.undo(change);
    await bench.expectFound({ 1: ['ready', 0] }, undefined);
    await bench.expectContent(1, old);
    await bench.store.discard(1);
    await bench.expectFound({}, undefined);
  });

  storeTest(runner, options, 'commit is idempotent', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    await bench.store.commit(first);
    await bench.expectFound({ 1: ['ready', first.revision] }, 1);
    const second = await bench.switchIn(1, 2, fresh);
    await bench.store.commit(second);
    await bench.store.commit(second);
    await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', second.revision] }, 2);
    await bench.expectContent(1, old);
    await bench.expectContent(2, fresh);
  });

  storeTest(runner, options, 'undo takes a commit back, again and again', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    const second = await bench.switchIn(1, 2, fresh);
    for (let times = 0; times < 3; times += 1) {
      await bench.store.undo(second);
      await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', 0] }, 1);
    }
    await bench.expectContent(1, old);
    await bench.expectContent(2, fresh);
  });

  storeTest(runner, options, 'undo of a switch that was not committed changes nothing', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    await bench.buildReady(2, fresh);
    await bench.store.undo(await bench.planSwitch(1, 2));
    await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', 0] }, 1);
    await bench.expectContent(1, old);
    await bench.expectContent(2, fresh);
  });

  storeTest(runner, options, 'a switch that was undone can be made again', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    await bench.store.undo(await bench.switchIn(1, 2, fresh));
    const again = await bench.planSwitch(1, 2);
    await bench.store.commit(again);
    await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', again.revision] }, 2);
    await bench.expectContent(2, fresh);
    await bench.expectContent(1, old);
  });

  storeTest(
    runner,
    options,
    'many switches: each retained generation keeps its rows and its marker',
    async (bench) => {
      const wanted: Record<number, ['ready', number]> = {};
      for (let generation = 1; generation <= 5; generation += 1) {
        const content = { rows: 10 * generation, variant: generation };
        const change = await bench.switchIn(
          generation === 1 ? undefined : generation - 1,
          generation,
          content,
        );
        wanted[generation] = ['ready', change.revision];
        await bench.expectFound(wanted, generation);
      }
      for (let generation = 1; generation <= 5; generation += 1) {
        await bench.expectContent(generation, { rows: 10 * generation, variant: generation });
      }
    },
  );

  storeTest(
    runner,
    options,
    'a switch goes back to a retained generation, and forward again',
    async (bench) => {
      const first = await bench.switchIn(undefined, 1, old);
      const second = await bench.switchIn(1, 2, fresh);
      const back = await bench.planSwitch(2, 1);
      await bench.store.commit(back);
      await bench.expectFound({ 1: ['ready', back.revision], 2: ['ready', second.revision] }, 1);
      await bench.store.undo(back);
      await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', second.revision] }, 2);
      await bench.store.commit(back);
      const forward = await bench.planSwitch(1, 2);
      await bench.store.commit(forward);
      await bench.expectFound({ 1: ['ready', back.revision], 2: ['ready', forward.revision] }, 2);
      await bench.expectContent(1, old);
      await bench.expectContent(2, fresh);
    },
  );

  storeTest(runner, options, 'generation numbers may leave gaps', async (bench) => {
    const first = await bench.switchIn(undefined, 3, old);
    const second = await bench.switchIn(3, 900_123, fresh);
    await bench.expectFound({ 3: ['ready', first.revision], 900_123: ['ready', second.revision] }, 900_123);
    await bench.expectContent(3, old);
    await bench.expectContent(900_123, fresh);
  });
}
