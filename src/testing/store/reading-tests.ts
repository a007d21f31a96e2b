import assert from 'node:assert/strict';
import { StagedReprocessError } from '../../errors.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { storeTest } from './bench.ts';
import { HalfRead } from './half-read.ts';
import type { StoreSuiteOptions, StoreSuiteTable } from './subject.ts';

const old = { rows: 120, variant: 0 };
const fresh = { rows: 70, variant: 1 };

/** What readers see, and what they cannot do. */
export function readingTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  for (const frozen of [false, true]) {
    const kind = frozen ? 'frozen view' : 'view';

    storeTest(runner, options, `a ${kind} keeps its generation across a switch`, async (bench) => {
      await bench.switchIn(undefined, 1, old);
      const opened = await bench.openGeneration(1);
      const view = bench.view(opened, frozen);
      const reads = bench.subject.tables.map((table) => new HalfRead(bench, table, view.reader));
      for (const read of reads) await read.take(5);
      await bench.switchIn(1, 2, fresh);
      for (const read of reads) await read.take(5);
      await bench.switchIn(2, 3, { rows: 33, variant: 2 });
      await bench.store.discard(2);
      for (const read of reads) await read.expectRest(old);
      await bench.expectReader(view.reader, old);
      view.release();
    });

    storeTest(runner, options, `a ${kind} keeps its generation when a switch is undone`, async (bench) => {
      await bench.switchIn(undefined, 1, old);
      await bench.buildReady(2, fresh);
      const views = [await bench.openGeneration(1), await bench.openGeneration(2)].map((opened) =>
        bench.view(opened, frozen),
      );
      const change = await bench.planSwitch(1, 2);
      await bench.store.commit(change);
      await bench.store.undo(change);
      for (const [index, content] of [old, fresh].entries()) {
        const view = views[index];
        assert.ok(view);
        await bench.expectReader(view.reader, content);
        view.release();
      }
    });
  }

  storeTest(runner, options, 'an open generation gives new views of itself after a switch', async (bench) => {
    await bench.switchIn(undefined, 1, old);
    const opened = await bench.openGeneration(1);
    await bench.switchIn(1, 2, fresh);
    await bench.expectRows(opened, old);
    await bench.expectContent(2, fresh);
    await bench.expectRows(opened, old);
  });

  storeTest(runner, options, 'views of one generation do not disturb each other', async (bench) => {
    await bench.switchIn(undefined, 1, old);
    const opened = await bench.openGeneration(1);
    const views = [bench.view(opened), bench.view(opened, true), bench.view(opened)];
    for (const view of views) {
      await bench.expectReader(view.reader, old);
      view.release();
    }
    await bench.expectRows(opened, old);
  });

  storeTest(
    runner,
    options,
    'check is asked before each operation, and its error is the one told',
    async (bench) => {
      await bench.switchIn(undefined, 1, old);
      const opened = await bench.openGeneration(1);
      const revoked = new StagedReprocessError('REPROCESS_LEASE_REVOKED', 'revoked by the test');
      let ended = false;
      const view = bench.view(opened, false, () => {
        if (ended) throw revoked;
      });
      await bench.expectReader(view.reader, old);
      ended = true;
      for (const table of bench.subject.tables) {
        await assert.rejects(
          readAll(table, view.reader),
          (error) => error === revoked,
          `a read of ${table.name}`,
        );
      }
      view.release();
    },
  );

  storeTest(
    runner,
    options,
    'a view reads nothing once it is released, nor does what it had open',
    async (bench) => {
      await bench.switchIn(undefined, 1, old);
      const opened = await bench.openGeneration(1);
      const view = bench.view(opened);
      const reads = bench.subject.tables.map((table) => new HalfRead(bench, table, view.reader));
      for (const read of reads) await read.take(3);
      view.release();
      for (const read of reads)
        await assert.rejects(read.expectRest(old), notAnAssertion, 'an open iteration');
      for (const table of bench.subject.tables) await assert.rejects(readAll(table, view.reader));
      await bench.expectRows(opened, old);
    },
  );

  storeTest(runner, options, 'closing a generation ends its views; it may be closed twice', async (bench) => {
    await bench.switchIn(undefined, 1, old);
    const opened = await bench.openGeneration(1);
    const view = bench.view(opened);
    await bench.expectReader(view.reader, old);
    await opened.close();
    await opened.close();
    for (const table of bench.subject.tables) {
      await assert.rejects(readAll(table, view.reader));
      await assert.rejects(opened.count(table.name));
      await assert.rejects(opened.get(table.name, bench.encode(table, table.row(0, 0)).key));
      await assert.rejects(async () => {
        for await (const batch of opened.rows(table.name)) assert.ok(batch);
      });
    }
    await bench.expectContent(1, old);
  });

  storeTest(runner, options, 'a reader cannot change anything', async (bench) => {
    await bench.switchIn(undefined, 1, old);
    const opened = await bench.openGeneration(1);
    const view = bench.view(opened);
    for (const table of bench.subject.tables) {
      await Promise.resolve(table.tamper?.(view.reader)).catch(() => undefined);
    }
    view.release();
    await bench.expectRows(opened, old);
    await opened.close();
    await bench.expectContent(1, old);
  });

  storeTest(runner, options, 'bytes that are handed out are the own of the one who asked', async (bench) => {
    await bench.switchIn(undefined, 1, old);
    const opened = await bench.openGeneration(1);
    for (const table of bench.subject.tables) {
      for await (const batch of opened.rows(table.name)) {
        for (const { key, value } of batch) {
          key.fill(0);
          value.fill(0);
        }
      }
      const { key } = bench.encode(table, table.row(1, old.variant));
      (await opened.get(table.name, key))?.fill(0);
    }
    await bench.expectRows(opened, old);
  });
}

async function readAll<Reader>(table: StoreSuiteTable<Reader>, reader: Reader): Promise<void> {
  for await (const row of table.read(reader)) assert.ok(row);
}

/** A truncated iteration that ends as if it were whole fails by an assertion, not by an error of the reader. */
function notAnAssertion(error: unknown): boolean {
  return !(error instanceof assert.AssertionError);
}
