import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import type { StoreSuiteOptions } from './subject.ts';

const old = { rows: 90, variant: 0 };
const fresh = { rows: 65, variant: 1 };

/** What a store that is opened again finds. */
export function reopeningTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  if (options.supports.durable) durableTests(runner, options);
  else volatileTests(runner, options);
}

function volatileTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'a volatile store begins empty when it is opened again', async (bench) => {
    await bench.switchIn(undefined, 1, old);
    await bench.reopen();
    await bench.expectFound({}, undefined);
    await bench.switchIn(undefined, 2, fresh);
    await bench.expectContent(2, fresh);
  });
}

function durableTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'generations, rows and markers are there after reopening', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    const second = await bench.switchIn(1, 2, fresh);
    await bench.buildReady(3, old);
    await bench.reopen();
    await bench.expectFound(
      { 1: ['ready', first.revision], 2: ['ready', second.revision], 3: ['ready', 0] },
      2,
    );
    await bench.expectContent(1, old);
    await bench.expectContent(2, fresh);
    await bench.expectContent(3, old);
  });

  storeTest(runner, options, 'a staged generation is found as staged, and discarded', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    const writer = await bench.store.stage(2);
    for (const table of bench.subject.tables) await bench.put(writer, table, bench.encoded(table, fresh));
    await bench.reopen();
    const { generations } = await bench.store.inspect();
    assert.deepEqual(generations.map(({ generation, state }) => [generation, state]).toSorted(), [
      [1, 'ready'],
      [2, 'staged'],
    ]);
    await bench.store.discard(2);
    await bench.expectFound({ 1: ['ready', first.revision] }, 1);
    await bench.expectContent(1, old);
    await bench.close();
    assert.deepEqual((await bench.subject.leftovers?.([1])) ?? [], []);
  });

  storeTest(runner, options, 'recovery rolls a switch forward with nothing open, twice', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    await bench.buildReady(2, fresh);
    const change = await bench.planSwitch(1, 2);
    for (let times = 0; times < 2; times += 1) {
      await bench.reopen();
      await bench.store.commit(change);
    }
    await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', change.revision] }, 2);
    await bench.reopen();
    await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', change.revision] }, 2);
    await bench.expectContent(1, old);
    await bench.expectContent(2, fresh);
  });

  storeTest(runner, options, 'recovery undoes a switch with nothing open, twice', async (bench) => {
    const first = await bench.switchIn(undefined, 1, old);
    const change = await bench.switchIn(1, 2, fresh);
    for (let times = 0; times < 2; times += 1) {
      await bench.reopen();
      await bench.store.undo(change);
    }
    await bench.reopen();
    await bench.expectFound({ 1: ['ready', first.revision], 2: ['ready', 0] }, 1);
    await bench.expectContent(1, old);
    await bench.expectContent(2, fresh);
  });

  storeTest(runner, options, 'a preparation is finished after reopening', async (bench) => {
    await bench.buildReady(1, old);
    await bench.reopen();
    await bench.store.prepare(1);
    await bench.expectFound({ 1: ['ready', 0] }, undefined);
    await bench.expectContent(1, old);
  });

  storeTest(
    runner,
    options,
    "another home's marker is told as it is, and nothing is deleted",
    async (bench) => {
      const change = await bench.switchIn(undefined, 1, old);
      await bench.reopen({ homeId: 'another-home' });
      const { generations } = await bench.store.inspect();
      assert.deepEqual(
        generations.map(({ marker }) => [marker?.homeId, marker?.generation, marker?.revision]),
        [[bench.subject.context.homeId, 1, change.revision]],
      );
      await bench.reopen();
      await bench.expectContent(1, old);
    },
  );
}
