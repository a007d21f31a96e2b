import { describe, expect, it } from 'vitest';
import { setImmediate as turn } from 'node:timers/promises';
import {
  copied,
  fill,
  levelRows,
  memoryRows,
  openHost,
  ordersSource,
  rowsOf,
  temporaryFolder,
  type HostOptions,
  type RowsReprocessor,
} from './rows-host.ts';

/** Resolves when the run that the library has started is over. */
async function idle(host: RowsReprocessor): Promise<void> {
  while (host.status().lastReport === undefined) await turn();
}

const silent = (): void => undefined;
/** Without a source at `open` a needed rebuild is an alert. */
const SILENT = { debug: silent, info: silent, warn: silent, error: silent };

function liveOf(host: RowsReprocessor): Readonly<Record<string, number | undefined>> {
  return Object.fromEntries(host.status().stores.map(({ store, live }) => [store, live]));
}

describe('a retained set', () => {
  it('outlives a restart that only rebuilds the volatile stores', async () => {
    const options = { dataDir: temporaryFolder(), stores: { main: levelRows(), side: memoryRows() } };
    const source = ordersSource(3, 'v1');
    let host = await openHost({ ...options, source });
    await host.reprocess();
    fill(source, 3, 'v2');
    await host.reprocess();
    for (let restart = 0; restart < 2; restart++) {
      await host.close();
      host = await openHost({ ...options, source });
      await idle(host);
      expect(host.status().lastReport).toMatchObject({ reason: 'STORE_VOLATILE', outcome: 'switched' });
      expect(host.status().retained).toEqual([1]);
    }
    await host.rollbackTo(1);
    expect([await rowsOf(host), await rowsOf(host, 'side')]).toEqual([copied(3, 'v1'), copied(3, 'v2')]);
    const [left = 0] = host.status().retained;
    await host.rollbackTo(left);
    expect(await rowsOf(host)).toEqual(copied(3, 'v2'));
  });
});

describe('rollbackTo a set from before a store was there', () => {
  it.each([
    ['added since', levelRows],
    ['volatile, after a restart', memoryRows],
  ])('keeps the live data of that store (%s): no read of it fails', async (what, side) => {
    const dataDir = temporaryFolder();
    const source = ordersSource(3, 'v1');
    const before: HostOptions['stores'] =
      what === 'added since' ? { main: levelRows() } : { main: levelRows(), side: side() };
    const first = await openHost({ dataDir, stores: before, source });
    await first.reprocess();
    await first.close();
    const reads: unknown[] = [];
    let watching = false;
    const failPoint = async (): Promise<void> => {
      if (watching) reads.push(await rowsOf(host, 'side').catch((error: unknown) => error));
    };
    const host: RowsReprocessor = await openHost({
      dataDir,
      stores: { main: levelRows(), side: side() },
      logger: SILENT,
      failPoint,
    });
    fill(source, 3, 'v2');
    await host.reprocess({ source });
    const { side: kept } = liveOf(host);
    expect(host.status().retained).toEqual([1]);
    watching = true;
    await host.rollbackTo(1);
    watching = false;
    expect(reads.length).toBeGreaterThan(5);
    expect(reads).toEqual(reads.map(() => copied(3, 'v2')));
    expect([await rowsOf(host), await rowsOf(host, 'side')]).toEqual([copied(3, 'v1'), copied(3, 'v2')]);
    expect(liveOf(host)).toEqual({ main: 1, side: kept });
    await host.close();
    const again = await openHost({ dataDir, stores: { main: levelRows(), side: side() }, logger: SILENT });
    expect(await rowsOf(again)).toEqual(copied(3, 'v1'));
    if (what === 'added since') expect(await rowsOf(again, 'side')).toEqual(copied(3, 'v2'));
  });
});
