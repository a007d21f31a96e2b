import assert from 'node:assert/strict';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { FrozenRows } from '../../store/open-generation.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { expectSame, storeTest } from './bench.ts';
import type { StoreBench } from './bench.ts';
import { switchInModel } from './generation-model.ts';
import type { GenerationModel } from './generation-model.ts';
import { HalfRead } from './half-read.ts';
import type { StoreSuiteOptions } from './subject.ts';

// More than an adapter may read ahead.
const old = { rows: 1100, variant: 0 };
const fresh = { rows: 30, variant: 1 };
const changes = { put: [3, 800, 1200], del: [5, 1001], variant: 2 };
const more = { put: [0, 6, 1150, 1300], del: [3, 7, 1200], variant: 4 };

/** Who sees a batch, and who does not. */
export function batchReadingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'what is open sees a batch with its next operation', async (bench) => {
    const model = await switchInModel(bench, undefined, 1, old);
    const [opened, other] = [await bench.openGeneration(1), await bench.openGeneration(1)];
    const view = bench.view(opened);
    await model.expectReader(view.reader);
    for (const step of [changes, more]) {
      await bench.store.apply(1, model.changeAll(step, JSON.stringify(step)));
      await model.expectReader(view.reader);
      await model.expectIn(opened);
      await model.expectIn(other);
    }
    view.release();
  });

  storeTest(runner, options, 'a frozen view sees no batch, one that is frozen later does', async (bench) => {
    const model = await switchInModel(bench, undefined, 1, old);
    const opened = await bench.openGeneration(1);
    const seen: [GenerationModel<Reader>, Reader][] = [];
    const views = [];
    for (const step of [changes, more, { put: [11] }]) {
      const view = bench.view(opened, true);
      views.push(view);
      seen.push([model.copy(), view.reader]);
      // In the turn that froze it, and not read before.
      await bench.store.apply(1, model.changeAll(step, JSON.stringify(step)));
    }
    for (const [past, reader] of seen) await past.expectReader(reader);
    for (const view of views) view.release();
    await model.expectIn(opened);
  });

  storeTest(
    runner,
    options,
    'an iteration that is open meanwhile sees all of a batch or nothing',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, old);
      const opened = await bench.openGeneration(1);
      const view = bench.view(opened);
      const before = model.copy();
      const reads = bench.subject.tables.map((table) => ({
        table,
        read: new HalfRead(bench, table, view.reader),
      }));
      for (const { read } of reads) await read.take(2);
      await bench.store.apply(1, model.changeAll(changes, 'meanwhile'));
      // Both batches change rows at the end that the iteration has still to come to.
      await bench.store.apply(1, model.changeAll(more, 'again'));
      for (const { table, read } of reads) await read.expectRows(before.rows(table));
      view.release();
      await model.expectIn(opened);
    },
  );

  storeTest(
    runner,
    options,
    'frozen rows are those of one moment, whatever is applied later',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, old);
      const opened = await bench.openGeneration(1);
      const first = opened.freeze();
      const applying = bench.store.apply(1, model.copy().changeAll(changes, 'one'));
      await applying;
      await expectFrozen(bench, first, model);
      model.changeAll(changes, 'one');
      const second = opened.freeze();
      const past = model.copy();
      const half = bench.subject.tables.map((table) => ({
        table,
        rows: second.rows(table.name)[Symbol.asyncIterator](),
      }));
      const begun = await Promise.all(half.map(({ rows }) => rows.next()));
      await bench.store.apply(1, model.changeAll(more, 'two'));
      for (const [index, { table, rows }] of half.entries()) {
        const all: RowBytes[] = [];
        for (let step = begun[index]; step?.done === false; step = await rows.next()) all.push(...step.value);
        expectSame(all, past.rows(table), `frozen rows of ${table.name}, begun before a batch`);
      }
      await expectFrozen(bench, second, past);
      await second.close();
      await second.close();
      await first.close();
      for (const table of bench.subject.tables) {
        await assert.rejects(Array.fromAsync(second.rows(table.name)), 'closed frozen rows');
      }
      await model.expectIn(opened);
    },
  );

  storeTest(
    runner,
    options,
    'frozen rows stay over a switch, and end with their generation',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, old);
      await bench.store.apply(1, model.changeAll(changes, 'live'));
      const opened = await bench.openGeneration(1);
      const past = model.copy();
      const frozen = opened.freeze();
      await bench.switchIn(1, 2, fresh);
      await bench.store.apply(1, model.changeAll(more, 'retained'));
      await expectFrozen(bench, frozen, past);
      await model.expectIn(opened);
      await opened.close();
      for (const table of bench.subject.tables) {
        await assert.rejects(Array.fromAsync(frozen.rows(table.name)), 'frozen rows of a closed generation');
      }
      await frozen.close();
      await model.expectGeneration(1);
    },
  );

  storeTest(
    runner,
    options,
    'bytes of ranges and frozen rows are the own of the one who asked',
    async (bench) => {
      const model = await switchInModel(bench, undefined, 1, fresh);
      const opened = await bench.openGeneration(1);
      const frozen = opened.freeze();
      for (const table of bench.subject.tables) {
        const { key } = bench.encode(table, table.row(1, 0));
        const found = [opened.rows(table.name, { gte: key }), frozen.rows(table.name)];
        for (const batches of found) {
          for (const row of (await Array.fromAsync(batches)).flat()) {
            row.key.fill(0);
            row.value.fill(0);
          }
        }
        for (const value of await opened.getMany(table.name, [key, key])) value?.fill(0);
      }
      await expectFrozen(bench, frozen, model);
      await frozen.close();
      await model.expectIn(opened);
    },
  );
}

async function expectFrozen<Reader>(
  bench: StoreBench<Reader>,
  frozen: FrozenRows,
  model: GenerationModel<Reader>,
): Promise<void> {
  for (const table of bench.subject.tables) {
    const rows = (await Array.fromAsync(frozen.rows(table.name))).flat();
    expectSame(rows, model.rows(table), `frozen rows of ${table.name}`);
  }
}
