import { expect, it } from 'vitest';
import type { Alert, Source } from '../../src/index.ts';
import { until } from './fault-subject.ts';
import {
  copied,
  copyTask,
  failureOf,
  openWithClock,
  ordersSource,
  rowsOf,
  type HostOptions,
} from './rows-host.ts';

/** A source whose snapshots never finish to close. */
function stuckSource(): { readonly source: Source; closes: number } {
  const rows = ordersSource(3);
  const told = {
    closes: 0,
    source: {
      openSnapshot() {
        const snapshot = rows.openSnapshot();
        snapshot.close = () => {
          told.closes += 1;
          return new Promise(() => undefined);
        };
        return snapshot;
      },
    },
  };
  return told;
}

async function open(options: HostOptions) {
  const stuck = stuckSource();
  const { reprocessor: host, clock } = await openWithClock({
    source: stuck.source,
    leaseTimeoutMs: 0,
    ...options,
  });
  const alerts: Alert[] = [];
  host.on('alert', (alert) => alerts.push(alert));
  return { host, clock, alerts, stuck };
}

it('a snapshot that never finishes to close has as long as a task; then the run goes on', async () => {
  const { host, clock, alerts, stuck } = await open({ taskTimeoutMs: 1000 });
  const run = host.reprocess();
  await until(() => stuck.closes === 1);
  await clock.advance(999);
  expect([alerts.length, host.status().state]).toEqual([0, 'PROCESSING']);
  await clock.advance(1);
  expect((await run).outcome).toBe('switched');
  expect(await rowsOf(host)).toEqual(copied(3));
  expect(alerts).toMatchObject([
    {
      code: 'SNAPSHOT_CLOSE_FAILED',
      error: { message: 'close() of the source snapshot did not end within 1000 ms' },
    },
  ]);
  expect(clock.pending).toBe(0);
});

it.each(['close()', 'a signal'])('%s ends the wait for it, without a task timeout too', async (how) => {
  const { host, clock, alerts, stuck } = await open({ closeTimeoutMs: 500 });
  const aborting = new AbortController();
  const run = failureOf(host.reprocess({ signal: aborting.signal }));
  await until(() => stuck.closes === 1);
  const closing = how === 'close()' ? host.close() : undefined;
  if (closing === undefined) aborting.abort(new Error('stop'));
  await clock.advance(499);
  expect(alerts).toEqual([]);
  await clock.advance(1);
  expect((await run).code).toBe('REPROCESS_ABORTED');
  await closing;
  expect(alerts.map(({ code }) => code)).toEqual(['SNAPSHOT_CLOSE_FAILED']);
  await host.close();
  expect(clock.pending).toBe(0);
});

it('a run that was aborted before waits no longer either', async () => {
  const aborting = new AbortController();
  const task = copyTask('Copy', 'main', {
    reprocess: async () => {
      aborting.abort(new Error('stop'));
    },
  });
  const { host, clock, stuck } = await open({ closeTimeoutMs: 500, tasks: [task] });
  const run = failureOf(host.reprocess({ signal: aborting.signal }));
  await until(() => stuck.closes === 1);
  await clock.advance(500);
  expect(await run).toMatchObject({ code: 'REPROCESS_ABORTED', cause: { message: 'stop' } });
  expect(clock.pending).toBe(0);
});
