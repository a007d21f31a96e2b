import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { expectRows, openSnapshot, scanned, sourceTest } from './subject.ts';
import type { SourceSuiteOptions } from './subject.ts';

/** Opening, freezing and closing. */
export function sourceLifeTests(runner: SuiteRunner, options: SourceSuiteOptions): void {
  sourceTest(
    runner,
    options,
    'an open snapshot is frozen while the source changes',
    async ({ subject, snapshot }) => {
      for (const [table, rows] of subject.tables) {
        await subject.change?.();
        expectRows(await scanned(snapshot, table), rows, table);
        for (const { key, value } of rows.slice(0, 3)) {
          assert.deepEqual(Buffer.from((await snapshot.get(table, key)) ?? []), Buffer.from(value));
        }
      }
      assert.equal(snapshot.sequence, subject.sequence);
    },
  );

  sourceTest(runner, options, 'a scan that is going on is frozen too', async ({ subject, snapshot }) => {
    for (const [table, wanted] of subject.tables) {
      const rows: (typeof wanted)[number][] = [];
      await snapshot.scan(table, {
        async rows(batch) {
          await subject.change?.();
          for (let index = 0; index < batch.length; index += 1) {
            rows.push({ key: Uint8Array.from(batch.key(index)), value: Uint8Array.from(batch.value(index)) });
          }
        },
      });
      expectRows(rows, wanted, table);
    }
  });

  sourceTest(runner, options, 'two snapshots live and end apart', async ({ subject, snapshot, close }) => {
    const second = await openSnapshot(subject);
    try {
      await close();
      for (const [table, rows] of subject.tables) expectRows(await scanned(second, table), rows, table);
      await assert.rejects(scanned(snapshot, [...subject.tables.keys()][0] ?? ''));
    } finally {
      await second.close();
    }
  });

  sourceTest(runner, options, 'a closed snapshot gives nothing', async ({ subject, snapshot, close }) => {
    await close();
    for (const [table, rows] of subject.tables) {
      await assert.rejects(snapshot.scan(table, { rows: () => undefined }));
      for (const { key } of rows.slice(0, 1)) await assert.rejects(snapshot.get(table, key));
    }
  });
}
