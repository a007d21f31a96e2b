import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import type { StoreBench } from './bench.ts';
import type { StoreSuiteOptions } from './subject.ts';

const old = { rows: 80, variant: 0 };
const fresh = { rows: 50, variant: 1 };

/** `discard`, in every state of a generation; nothing may be left of it. */
export function discardingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'a staged generation is discarded, and another one staged', async (bench) => {
    await bench.build(1, old);
    await bench.store.discard(1);
    await bench.expectFound({}, undefined);
    await bench.build(2, fresh);
    await bench.expectFound({ 2: ['staged', 0] }, undefined);
    await bench.expectContent(2, fresh);
    await expectNothingElse(bench, [2]);
  });

  storeTest(
    runner,
    options,
    'a half-written generation is discarded while its writer is open',
    async (bench) => {
      const writer = await bench.store.stage(1);
      for (const table of bench.subject.tables) await bench.put(writer, table, bench.encoded(table, old));
      await bench.store.discard(1);
      await bench.expectFound({}, undefined);
      // A task that ended late goes on writing into what is gone.
      for (const table of bench.subject.tables) {
        await bench.put(writer, table, bench.encoded(table, fresh)).catch(() => undefined);
      }
      await writer.finish().catch(() => undefined);
      await bench.expectFound({}, undefined);
      await bench.buildReady(2, fresh);
      await bench.expectContent(2, fresh);
      await bench.store.discard(2);
      await expectNothingElse(bench, []);
    },
  );

  storeTest(runner, options, 'an empty staged generation is discarded', async (bench) => {
    await bench.store.stage(4);
    await bench.store.discard(4);
    await bench.expectFound({}, undefined);
    await expectNothingElse(bench, []);
  });

  storeTest(
    runner,
    options,
    'a ready generation is discarded; so is one that was live once',
    async (bench) => {
      await bench.switchIn(undefined, 1, old);
      const second = await bench.switchIn(1, 2, fresh);
      await bench.store.discard(1);
      await bench.expectFound({ 2: ['ready', second.revision] }, 2);
      await bench.expectContent(2, fresh);
      await bench.buildReady(3, old);
      await bench.store.discard(3);
      await bench.expectFound({ 2: ['ready', second.revision] }, 2);
      await bench.expectContent(2, fresh);
      await expectNothingElse(bench, [2]);
    },
  );

  storeTest(
    runner,
    options,
    'a switch that was undone leaves its generation to be discarded',
    async (bench) => {
      const first = await bench.switchIn(undefined, 1, old);
      await bench.store.undo(await bench.switchIn(1, 2, fresh));
      await bench.store.discard(2);
      await bench.expectFound({ 1: ['ready', first.revision] }, 1);
      await bench.expectContent(1, old);
      await expectNothingElse(bench, [1]);
    },
  );

  storeTest(runner, options, 'discard is idempotent, also of what never was', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    await bench.buildReady(2, fresh);
    await bench.store.discard(2);
    await bench.store.discard(2);
    await bench.store.discard(77);
    await bench.expectFound({ 1: ['ready', first.revision] }, 1);
    await bench.expectContent(1, old);
    await expectNothingElse(bench, [1]);
  });

  storeTest(runner, options, 'a number is free again once its generation is discarded', async (bench) => {
    await bench.buildReady(1, old);
    await bench.store.discard(1);
    await bench.buildReady(1, fresh);
    await bench.expectContent(1, fresh);
    await expectNothingElse(bench, [1]);
  });

  storeTest(
    runner,
    options,
    'one generation is discarded while another one is read and written',
    async (bench) => {
      await bench.switchIn(undefined, 1, old);
      await bench.switchIn(1, 2, fresh);
      const opened = await bench.openGeneration(2);
      const writer = await bench.store.stage(3);
      const discarded = bench.store.discard(1);
      for (const table of bench.subject.tables) await bench.put(writer, table, bench.encoded(table, old));
      await bench.expectRows(opened, fresh);
      await discarded;
      await writer.finish();
      await bench.expectContent(3, old);
      await bench.expectRows(opened, fresh);
      await expectNothingElse(bench, [2, 3]);
    },
  );

  storeTest(runner, options, 'a long life leaves nothing behind', async (bench) => {
    for (let generation = 1; generation <= 8; generation += 1) {
      await bench.switchIn(generation === 1 ? undefined : generation - 1, generation, {
        rows: 20,
        variant: generation,
      });
      if (generation > 2) await bench.store.discard(generation - 2);
    }
    await bench.expectContent(7, { rows: 20, variant: 7 });
    await bench.expectContent(8, { rows: 20, variant: 8 });
    await expectNothingElse(bench, [7, 8]);
  });
}

/** Asks the subject, with the store closed, whether anything but these generations lies there. */
async function expectNothingElse<Reader>(bench: StoreBench<Reader>, kept: readonly number[]): Promise<void> {
  await bench.close();
  const left = await bench.subject.leftovers?.(kept);
  assert.deepEqual(left ?? [], [], 'nothing is left over');
}
