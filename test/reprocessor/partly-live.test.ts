import { expect, it } from 'vitest';
import type { RowsReprocessor } from './rows-host.ts';
import {
  copied,
  failureOf,
  gate,
  levelRows,
  memoryRows,
  openHost,
  ordersSource,
  rowsIn,
  temporaryFolder,
} from './rows-host.ts';
import { until } from './fault-subject.ts';

/** A host of two durable stores and a volatile one. */
const open = (dataDir = temporaryFolder()): Promise<RowsReprocessor> =>
  openHost({ dataDir, stores: { one: levelRows(), two: levelRows(), cache: memoryRows() } });

/** What has come of a promise up to now. */
function watched<T>(promise: Promise<T>): { readonly result: () => T | 'waits' } {
  let result: T | 'waits' = 'waits';
  void promise.then((value) => {
    result = value;
  });
  return { result: () => result };
}

it('who waits gets a lease once every durable store is live, not with the first run of some tasks', async () => {
  const source = ordersSource(3);
  const host = await open();
  const read = host.read(async (lease) => [lease.generation, await rowsIn(lease, 'one')], { wait: true });
  const taken = host.acquire({ wait: true });
  const applied = host.whenApplied(source.sequence).then(() => 'applied');
  const early = [watched(read), watched(taken), watched(applied)];
  await host.reprocess({ source, tasks: ['Copy-two'] });
  expect(host.status()).toMatchObject({ ready: true, generation: 1, waitingFor: ['rebuild', 'source'] });
  expect(early.map(({ result }) => result())).toEqual(['waits', 'waits', 'waits']);
  // Without waiting there is what is there.
  expect(await host.read((lease) => rowsIn(lease, 'two'))).toEqual(copied(3));
  expect((await failureOf(host.read((lease) => rowsIn(lease, 'one')))).code).toBe('REPROCESS_NOT_READY');
  await host.reprocess({ source, tasks: ['Copy-one'] });
  expect(await read).toEqual([2, copied(3)]);
  expect(await applied).toBe('applied');
  using lease = await taken;
  expect(await rowsIn(lease, 'two')).toEqual(copied(3));
  expect((await failureOf(rowsIn(lease, 'cache'))).code).toBe('REPROCESS_NOT_READY');
});

it('of a directory that was live at open a store that is still to be rebuilt keeps nobody waiting', async () => {
  const dataDir = temporaryFolder();
  const first = await open(dataDir);
  // The volatile store goes with the process; the other durable one was never built.
  await first.reprocess({ source: ordersSource(3), tasks: ['Copy-one', 'Copy-cache'] });
  await first.close();
  const held = gate();
  const host = await openHost({
    dataDir,
    stores: { one: levelRows(), two: levelRows(), cache: memoryRows() },
    source: {
      async openSnapshot() {
        await held.opened;
        return ordersSource(3).openSnapshot();
      },
    },
  });
  await until(() => host.status().run !== undefined);
  expect(await host.read((lease) => rowsIn(lease, 'one'), { wait: true })).toEqual(copied(3));
  await host.whenApplied(1n);
  held.open();
  await until(() => host.status().waitingFor.length === 0);
});
