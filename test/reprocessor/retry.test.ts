import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Source } from '../../src/index.ts';
import type { SimulatedClock } from '../../src/testing/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  openWithClock,
  ordersSource,
  rowsOf,
  type HostOptions,
  type RowsReprocessor,
} from './rows-host.ts';

/** A source that fails as long as `failures` lasts. */
function flaky(failures: number, error: Error = new Error('source down')): Source & { failures: number } {
  const rows = ordersSource();
  return {
    failures,
    openSnapshot() {
      if (this.failures > 0) {
        this.failures -= 1;
        throw error;
      }
      return rows.openSnapshot();
    },
  };
}

/** Resolves when the run that a timer has started has ended. */
async function idle(host: RowsReprocessor): Promise<void> {
  while (host.status().run !== undefined) await turn();
}

async function open(
  options: HostOptions,
): Promise<{ host: RowsReprocessor; clock: SimulatedClock; told: unknown[] }> {
  const { reprocessor: host, clock } = await openWithClock({ leaseTimeoutMs: 0, ...options });
  const told: unknown[] = [];
  host.on('retry', ({ attempt, delayMs }) => told.push([attempt, delayMs]));
  host.on('circuit:open', ({ failures }) => told.push(['open', failures]));
  host.on('circuit:close', () => told.push('close'));
  host.on('alert', ({ code }) => told.push(code));
  return { host, clock, told };
}

describe('retries', () => {
  it('fill the stores without the host once the source works again', async () => {
    const { host, clock, told } = await open({ source: flaky(1) });
    expect((await failureOf(host.reprocess())).code).toBe('REPROCESS_SOURCE_FAILED');
    expect(host.status()).toMatchObject({ state: 'FAILED', failures: 1, retryAtMs: clock.now() + 2000 });
    await clock.advance(1999);
    expect(host.status().run).toBeUndefined();
    await clock.advance(1);
    await idle(host);
    expect(await rowsOf(host)).toEqual(copied());
    expect(host.status()).toMatchObject({ state: 'NONE', failures: 0, retryAtMs: undefined });
    expect(told).toEqual([[1, 2000]]);
    expect(clock.pending).toBe(0);
  });

  it('come after growing delays, then the circuit opens, and tries once more when its time is over', async () => {
    const source = flaky(Infinity);
    const retry = { maxRetries: 3, initialDelayMs: 100, maxDelayMs: 300, circuitResetMs: 5000 };
    const { host, clock, told } = await open({ source, retry });
    await failureOf(host.reprocess());
    for (const delayMs of [100, 200, 300]) {
      await clock.advance(delayMs);
      await idle(host);
    }
    expect(told.filter((one) => one !== 'RUN_FAILED')).toEqual([
      [1, 100],
      [2, 200],
      [3, 300],
      ['open', 4],
      'REPROCESS_CIRCUIT_OPEN',
    ]);
    expect(host.status().circuitOpenUntilMs).toBe(clock.now() + 5000);
    const refused = await failureOf(host.reprocess());
    expect(refused).toMatchObject({ code: 'REPROCESS_CIRCUIT_OPEN', details: { failures: 4 } });
    source.failures = 0;
    told.length = 0;
    await clock.advance(5000);
    await idle(host);
    expect(told).toEqual(['close']);
    expect(await rowsOf(host)).toEqual(copied());
    expect(clock.pending).toBe(0);
  });

  it('open the circuit again when the one try fails too', async () => {
    const retry = { maxRetries: 1, initialDelayMs: 100, circuitResetMs: 5000 };
    const { host, clock, told } = await open({ source: flaky(Infinity), retry });
    await failureOf(host.reprocess());
    await clock.advance(100);
    await idle(host);
    await clock.advance(5000);
    await idle(host);
    expect(told.filter((one) => Array.isArray(one) || one === 'close')).toEqual([
      [1, 100],
      ['open', 2],
      'close',
      ['open', 3],
    ]);
  });

  it('open the circuit at once when resources have run out', async () => {
    const full = Object.assign(new Error('write failed'), { code: 'ENOSPC' });
    const { host, told } = await open({ source: flaky(1, full) });
    await failureOf(host.reprocess());
    expect(told).toEqual([['open', 1], 'REPROCESS_CIRCUIT_OPEN']);
    expect((await failureOf(host.reprocess())).code).toBe('REPROCESS_CIRCUIT_OPEN');
    host.resetCircuit();
    expect((await host.reprocess()).outcome).toBe('switched');
  });

  it('are off, and the circuit too, when `maxRetries` is 0', async () => {
    const { host, clock, told } = await open({ source: flaky(2), retry: { maxRetries: 0 } });
    await failureOf(host.reprocess());
    await failureOf(host.reprocess());
    expect(clock.pending).toBe(0);
    expect((await host.reprocess()).outcome).toBe('switched');
    expect(told).toEqual([]);
  });

  it('are not for a run that was aborted', async () => {
    const { host, clock } = await open({ source: ordersSource() });
    const aborting = new AbortController();
    host.once('task:begin', () => {
      aborting.abort(new RangeError('enough'));
    });
    const error = await failureOf(host.reprocess({ signal: aborting.signal }));
    expect(error).toMatchObject({
      code: 'REPROCESS_ABORTED',
      name: 'AbortError',
      cause: new RangeError('enough'),
    });
    expect(host.status()).toMatchObject({ state: 'NONE', failures: 0 });
    expect(clock.pending).toBe(0);
  });

  it('need a source given to `open`; without one that is an alert', async () => {
    const { host, clock, told } = await open({});
    await failureOf(host.reprocess({ source: flaky(1) }));
    expect(told).toEqual(['RUN_FAILED']);
    expect(clock.pending).toBe(0);
    expect((await failureOf(host.reprocess())).code).toBe('REPROCESS_NO_SOURCE');
  });

  it('are cancelled by a run of the host, and by close()', async () => {
    const source = flaky(1);
    const { host, clock } = await open({ source });
    await failureOf(host.reprocess());
    await host.reprocess();
    expect(clock.pending).toBe(0);
    source.failures = 1;
    await failureOf(host.reprocess());
    expect(clock.pending).toBe(1);
    await host.close();
    expect(clock.pending).toBe(0);
  });

  it('outlive a rollbackTo that is refused', async () => {
    const source = flaky(0);
    const { host, clock } = await open({ source });
    await host.reprocess();
    source.failures = 1;
    await failureOf(host.reprocess());
    expect((await failureOf(host.rollbackTo(77))).code).toBe('REPROCESS_GENERATION_UNKNOWN');
    await clock.advance(2000);
    await idle(host);
    expect(host.status()).toMatchObject({ state: 'NONE', generation: 2 });
  });

  it('keep the reason and the tasks of the run that failed', async () => {
    const source = flaky(1);
    const { host, clock } = await open({ source, tasks: [copyTask()] });
    await failureOf(host.reprocess({ reason: 'SEQUENCE_GAP' }));
    await clock.advance(2000);
    await idle(host);
    expect(host.status().lastReport).toMatchObject({ outcome: 'switched', reason: 'SEQUENCE_GAP' });
  });
});
