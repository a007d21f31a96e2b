import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { levelRows, openWithClock, ordersSource, taskDoing, temporaryFolder } from './rows-host.ts';

/** What another process can read of the run that goes on. */
function toldRows(dataDir: string): unknown {
  const status: unknown = JSON.parse(readFileSync(join(dataDir, 'status.json'), 'utf8'));
  const run: unknown = Object.entries(status ?? {}).find(([name]) => name === 'run')?.[1];
  return typeof run === 'object' && run !== null && 'rowsDone' in run ? run.rowsDone : undefined;
}

it('status.json tells the rows done about once a second, and not for every batch', async () => {
  const dataDir = temporaryFolder();
  const told: unknown[] = [];
  let before = 0;
  const slow = taskDoing(async (snapshot) => {
    await snapshot.scan('orders', {
      async rows(batch) {
        // Rows count once their batch is done: what is told here is of the batches before.
        const isDue = told.length % 2 === 1;
        for (let turns = 0; isDue ? toldRows(dataDir) !== before : turns < 20; turns++) await turn();
        told.push(toldRows(dataDir) === before);
        before += batch.length;
        // The batch that comes next is due, the one after it is not.
        await clock.advance(isDue ? 100 : 1000);
      },
    });
    return undefined;
  });
  const { reprocessor, clock } = await openWithClock({
    dataDir,
    stores: { main: levelRows() },
    tasks: [slow],
    source: ordersSource(6000),
    leaseTimeoutMs: 0,
  });
  await reprocessor.reprocess();
  expect(told.length).toBeGreaterThan(3);
  expect(told.slice(1)).toEqual(told.slice(1).map((_, index) => index % 2 === 0));
  expect(toldRows(dataDir)).toBeUndefined();
});
