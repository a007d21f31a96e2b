import assert from 'node:assert/strict';
import { isReprocessError } from '../../errors.ts';
import { seededRandom } from '../seeded-random.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import type { StoreSuiteOptions } from './subject.ts';

/** Steps 1, 2 and 4a: a generation is created, written, looked at and prepared. */
export function stagingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'a fresh store holds nothing', async (bench) => {
    await bench.expectFound({}, undefined);
    await assert.rejects(bench.store.openGeneration(1), (error) =>
      isReprocessError(error, 'REPROCESS_STORE_CORRUPT'),
    );
  });

  storeTest(runner, options, 'stage makes an empty staged generation with a marker', async (bench) => {
    const writer = await bench.store.stage(7);
    await bench.expectFound({ 7: ['staged', 0] }, undefined);
    await writer.finish();
    await bench.expectFound({ 7: ['staged', 0] }, undefined);
    await bench.expectContent(7, { rows: 0, variant: 0 });
  });

  storeTest(runner, options, 'rows in key order are read back, staged and prepared', async (bench) => {
    await bench.build(1, { rows: 300, variant: 1 });
    await bench.expectContent(1, { rows: 300, variant: 1 });
    await bench.expectFound({ 1: ['staged', 0] }, undefined);
    await bench.store.prepare(1);
    await bench.expectFound({ 1: ['ready', 0] }, undefined);
    await bench.expectContent(1, { rows: 300, variant: 1 });
  });

  storeTest(
    runner,
    options,
    'rows in any order, of all tables in turn, are read back in key order',
    async (bench) => {
      const random = seededRandom(5);
      const writer = await bench.store.stage(1);
      const content = { rows: 500, variant: 2 };
      const shuffled = bench.subject.tables.map((table) => ({
        table,
        rows: random.shuffled(bench.encoded(table, content)),
      }));
      for (let start = 0; start < content.rows; start += 40) {
        for (const { table, rows } of shuffled) await bench.put(writer, table, rows.slice(start, start + 40));
      }
      await writer.finish();
      await bench.expectContent(1, content);
      await bench.store.prepare(1);
      await bench.expectContent(1, content);
    },
  );

  storeTest(runner, options, 'a table without rows stays empty beside full ones', async (bench) => {
    const [first, ...others] = bench.subject.tables;
    assert.ok(first);
    const writer = await bench.store.stage(1);
    await bench.put(writer, first, bench.encoded(first, { rows: 20, variant: 0 }));
    await writer.finish();
    await bench.store.prepare(1);
    const opened = await bench.openGeneration(1);
    assert.equal(await opened.count(first.name), 20);
    for (const table of others) {
      assert.equal(await opened.count(table.name), 0);
      for await (const batch of opened.rows(table.name)) assert.deepEqual(batch, []);
    }
  });

  storeTest(runner, options, 'thousands of rows come through, none lost between batches', async (bench) => {
    await bench.buildReady(1, { rows: 2999, variant: 3 });
    await bench.expectContent(1, { rows: 2999, variant: 3 });
    assert.ok((await bench.store.sizeBytes(1)) >= 0);
  });

  storeTest(runner, options, 'prepare is idempotent', async (bench) => {
    await bench.buildReady(1, { rows: 30, variant: 0 });
    await bench.store.prepare(1);
    await bench.store.prepare(1);
    await bench.expectFound({ 1: ['ready', 0] }, undefined);
    await bench.expectContent(1, { rows: 30, variant: 0 });
  });

  storeTest(runner, options, 'a writer that has finished takes no more rows', async (bench) => {
    const [table] = bench.subject.tables;
    assert.ok(table);
    const writer = await bench.store.stage(1);
    const rows = bench.encoded(table, { rows: 12, variant: 0 });
    await bench.put(writer, table, rows.slice(0, 10));
    await writer.finish();
    await bench.put(writer, table, rows.slice(10)).catch(() => undefined);
    await bench.store.prepare(1);
    const opened = await bench.openGeneration(1);
    assert.equal(await opened.count(table.name), 10);
  });

  storeTest(runner, options, 'a staged generation leaves the live one alone', async (bench) => {
    const change = await bench.switchIn(undefined, 1, { rows: 40, variant: 0 });
    const opened = await bench.openGeneration(1);
    await bench.build(2, { rows: 25, variant: 1 });
    await bench.expectRows(opened, { rows: 40, variant: 0 });
    await bench.expectFound({ 1: ['ready', change.revision], 2: ['staged', 0] }, 1);
    await bench.store.prepare(2);
    await bench.expectRows(opened, { rows: 40, variant: 0 });
    await bench.expectContent(2, { rows: 25, variant: 1 });
    await bench.expectFound({ 1: ['ready', change.revision], 2: ['ready', 0] }, 1);
  });
}
