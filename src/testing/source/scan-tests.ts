import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import type { RowBatch } from '../../source/source.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { copying, expectRows, scanned, sourceTest } from './subject.ts';
import type { SourceSuiteOptions } from './subject.ts';

/** What a snapshot tells and gives. */
export function sourceScanTests(runner: SuiteRunner, options: SourceSuiteOptions): void {
  sourceTest(
    runner,
    options,
    'a snapshot tells its sequence, history and tables',
    async ({ subject, snapshot }) => {
      assert.equal(snapshot.sequence, subject.sequence);
      assert.equal(snapshot.history, subject.history);
      assert.deepEqual(snapshot.tables.toSorted(), [...subject.tables.keys()].toSorted());
      for (const table of snapshot.tables) {
        const rows = snapshot.estimateRows(table);
        assert.ok(rows === undefined || rows >= 0, 'estimateRows() is a number of rows, or undefined');
      }
      const bytes = snapshot.estimateBytes?.();
      assert.ok(bytes === undefined || bytes >= 0, 'estimateBytes() is a number of bytes, or undefined');
    },
  );

  sourceTest(
    runner,
    options,
    'scan visits every row once, in key order, then ends',
    async ({ subject, snapshot }) => {
      for (const [table, wanted] of subject.tables) {
        const rows: RowBytes[] = [];
        const visitor = copying(rows);
        await snapshot.scan(table, visitor);
        expectRows(rows, wanted, table);
        assert.equal(visitor.ends, 1, 'end() is called once');
      }
    },
  );

  sourceTest(
    runner,
    options,
    'the arrays of a batch say what key() and value() say',
    async ({ subject, snapshot }) => {
      for (const table of subject.tables.keys()) {
        await snapshot.scan(table, { rows: expectConsistent });
      }
    },
  );

  sourceTest(
    runner,
    options,
    'a batch stays as it is, and no other one comes, until the visitor is done',
    async ({ subject, snapshot }) => {
      for (const [table, wanted] of subject.tables) {
        const rows: RowBytes[] = [];
        const { rows: copy } = copying(rows);
        let visiting = 0;
        await snapshot.scan(table, {
          async rows(batch) {
            visiting += 1;
            await setImmediate();
            assert.equal(visiting, 1, 'one batch at a time');
            copy(batch);
            visiting -= 1;
          },
          end() {
            assert.equal(visiting, 0, 'the last batch is done before the end');
          },
        });
        expectRows(rows, wanted, table);
      }
    },
  );

  sourceTest(
    runner,
    options,
    'several scans at once do not disturb each other',
    async ({ subject, snapshot }) => {
      const scans = [...subject.tables.keys(), ...subject.tables.keys()].map(async (table) => {
        const rows: RowBytes[] = [];
        const { rows: copy } = copying(rows);
        await snapshot.scan(table, {
          async rows(batch) {
            // Long enough for the other scans to fill what they should not share.
            for (let turns = 0; turns < 10; turns += 1) await setImmediate();
            copy(batch);
          },
        });
        expectRows(rows, subject.tables.get(table) ?? [], table);
      });
      await Promise.all(scans);
    },
  );

  sourceTest(runner, options, 'an unknown table has no rows', async ({ subject, snapshot }) => {
    for (const table of ['no-such-table', '__proto__', '']) {
      if (subject.tables.has(table)) continue;
      const rows: RowBytes[] = [];
      const visitor = copying(rows);
      await snapshot.scan(table, visitor);
      assert.deepEqual(rows, []);
      assert.equal(visitor.ends, 1, 'end() is called once');
      assert.equal(await snapshot.get(table, Buffer.from('key')), undefined);
      assert.ok((snapshot.estimateRows(table) ?? 0) === 0);
    }
  });

  sourceTest(runner, options, 'get finds every row, and no other', async ({ subject, snapshot }) => {
    for (const [table, rows] of subject.tables) {
      const step = Math.ceil(rows.length / 100);
      for (const { key, value } of rows.filter(
        (_, index) => index % step === 0 || index === rows.length - 1,
      )) {
        const found = await snapshot.get(table, key);
        assert.equal(text(found), text(value), `get() of ${table}`);
        const longer = Buffer.concat([key, Buffer.of(0)]);
        if (!rows.some((row) => text(row.key) === text(longer))) {
          assert.equal(await snapshot.get(table, longer), undefined, 'a key that is not there');
        }
      }
    }
  });

  sourceTest(runner, options, "the bytes of get are the caller's own", async ({ subject, snapshot }) => {
    for (const [table, rows] of subject.tables) {
      for (const { key, value } of rows.slice(0, 3)) {
        (await snapshot.get(table, key))?.fill(0xee);
        assert.equal(text(await snapshot.get(table, key)), text(value));
      }
      expectRows(await scanned(snapshot, table), rows, table);
    }
  });
}

function expectConsistent(batch: RowBatch): void {
  for (let index = 0; index < batch.length; index += 1) {
    const key = batch.keys.subarray(batch.keyStarts[index], batch.keyEnds[index]);
    const value = batch.values.subarray(batch.valueStarts[index], batch.valueEnds[index]);
    assert.equal(text(key), text(batch.key(index)), 'the key in the arrays');
    assert.equal(text(value), text(batch.value(index)), 'the value in the arrays');
  }
}

function text(bytes: Uint8Array | undefined): string | undefined {
  return bytes === undefined ? undefined : Buffer.from(bytes).toString('hex');
}
