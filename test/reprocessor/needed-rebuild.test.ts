import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ReprocessReport, Source } from '../../src/index.ts';
import type { SimulatedClock } from '../../src/testing/index.ts';
import {
  copied,
  failureOf,
  levelRows,
  memoryRows,
  openHost,
  openWithClock,
  ordersSource,
  rowsOf,
  temporaryFolder,
  type HostOptions,
  type RowsReprocessor,
} from './rows-host.ts';

interface Reopened {
  readonly host: RowsReprocessor;
  readonly clock: SimulatedClock;
  readonly source: Source & { isDown: boolean; asked: number };
  readonly reports: readonly ReprocessReport[];
}

/** Resolves when so many runs have ended and the library has taken note of it. */
async function ended(reports: readonly ReprocessReport[], count: number): Promise<void> {
  while (reports.length < count) await turn();
  await turn();
}

/** A host whose volatile store was lost and could not be rebuilt at open, since the source was down then. */
async function reopened(options: HostOptions = {}): Promise<Reopened> {
  const stores = { main: levelRows(), side: memoryRows() };
  const dataDir = temporaryFolder();
  const first = await openHost({ dataDir, stores });
  await first.reprocess({ source: ordersSource() });
  await first.close();
  const rows = ordersSource();
  const source = {
    isDown: true,
    asked: 0,
    openSnapshot() {
      this.asked += 1;
      if (this.isDown) throw new Error('source down');
      return rows.openSnapshot();
    },
  };
  const { reprocessor: host, clock } = await openWithClock({
    dataDir,
    stores,
    source,
    leaseTimeoutMs: 0,
    ...options,
  });
  const reports: ReprocessReport[] = [];
  host.on('run:end', ({ report }) => reports.push(report)).on('alert', () => undefined);
  await ended(reports, 1);
  expect(reports.map(({ reason, outcome }) => [reason, outcome])).toEqual([['STORE_VOLATILE', 'failed']]);
  reports.length = 0;
  return { host, clock, source, reports };
}

function told(reports: readonly ReprocessReport[]): readonly unknown[] {
  return reports.map(({ reason, outcome, tasks }) => [
    reason,
    outcome,
    tasks.map(({ taskName }) => taskName).join(),
  ]);
}

describe('a rebuild that the directory needs', () => {
  it('is made up for after a run of other tasks', async () => {
    const { host, clock, source, reports } = await reopened();
    expect(host.status().retryAtMs).toBe(clock.now() + 2000);
    source.isDown = false;
    await host.reprocess({ tasks: ['Copy-main'] });
    await ended(reports, 2);
    expect(told(reports)).toEqual([
      ['MANUAL', 'switched', 'Copy-main'],
      ['STORE_VOLATILE', 'switched', 'Copy-side'],
    ]);
    expect(await rowsOf(host, 'side')).toEqual(copied());
    await clock.advance(60_000);
    await turn();
    expect([reports.length, clock.pending, host.status().failures]).toEqual([2, 0, 0]);
  });

  it.each(['before it began', 'by its task'])(
    'is made up for after a run that was aborted %s',
    async (when) => {
      const { host, clock, source, reports } = await reopened();
      source.isDown = false;
      const aborting = new AbortController();
      if (when === 'before it began') aborting.abort();
      else
        host.once('task:begin', () => {
          aborting.abort();
        });
      const error = await failureOf(host.reprocess({ tasks: ['Copy-main'], signal: aborting.signal }));
      expect(error.code).toBe('REPROCESS_ABORTED');
      await ended(reports, 2);
      expect(told(reports)).toEqual([
        ['MANUAL', 'aborted', 'Copy-main'],
        ['STORE_VOLATILE', 'switched', 'Copy-side'],
      ]);
      expect(await rowsOf(host, 'side')).toEqual(copied());
      await clock.advance(60_000);
      await ended(reports, 2);
      expect([reports.length, clock.pending]).toEqual([2, 0]);
    },
  );

  it('waits for its delay when it fails again after that', async () => {
    const { host, clock, source, reports } = await reopened();
    await failureOf(host.reprocess({ signal: AbortSignal.abort() }));
    await ended(reports, 2);
    expect(told(reports).slice(1)).toEqual([['STORE_VOLATILE', 'failed', 'Copy-side']]);
    source.isDown = false;
    const dueMs = host.status().retryAtMs ?? 0;
    expect(dueMs).toBeGreaterThan(clock.now());
    await clock.advance(dueMs - clock.now());
    await ended(reports, 3);
    expect(await rowsOf(host, 'side')).toEqual(copied());
    expect(clock.pending).toBe(0);
  });

  it('is not tried over and over without a pause when retries are off', async () => {
    const { host, source, reports } = await reopened({ retry: { maxRetries: 0 } });
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(source.asked).toBe(1);
    source.isDown = false;
    await host.reprocess({ tasks: ['Copy-main'] });
    await ended(reports, 2);
    expect(await rowsOf(host, 'side')).toEqual(copied());
  });
});
