import { describe, expect, it } from 'vitest';
import { FAIL_POINTS, type Source } from '../../src/index.ts';
import {
  copied,
  failureOf,
  levelRows,
  openHost,
  ordersSource,
  reportOf,
  rowsOf,
  temporaryFolder,
} from './rows-host.ts';

const IN_A_RUN = FAIL_POINTS.filter(
  (name) => !/^(recover|rollback|undo|discard|control|apply|log|9-)/.test(name),
);
const STANDS = FAIL_POINTS.slice(FAIL_POINTS.indexOf('7-outcome'));

function matches(name: string, at: string): boolean {
  return name === at || name.startsWith(`${at}:`);
}

describe('a snapshot is closed exactly once', () => {
  it.each(IN_A_RUN)('when %s fails', async (at) => {
    const source = ordersSource(3);
    let fails = true;
    const failPoint = (name: string): void => {
      if (fails && matches(name, at)) throw new Error(`failed at ${name}`);
    };
    const host = await openHost({
      dataDir: temporaryFolder(),
      stores: { main: levelRows() },
      source,
      failPoint,
      retry: { maxRetries: 0 },
    });
    host.on('alert', () => undefined);
    const run = host.reprocess();
    if (STANDS.includes(at)) await run;
    else {
      const error = await failureOf(run);
      expect(JSON.stringify(reportOf(error).error)).toContain(`failed at ${at}`);
      expect(host.status()).toMatchObject({ state: 'FAILED', ready: false });
    }
    expect([source.opened, source.closed]).toEqual([1, 1]);
    fails = false;
    await host.reprocess();
    expect([source.opened, source.closed]).toEqual([2, 2]);
    expect(await rowsOf(host)).toEqual(copied(3));
  });

  it.each(IN_A_RUN)('when the run is aborted at %s', async (at) => {
    const source = ordersSource(3);
    const aborting = new AbortController();
    const failPoint = (name: string): void => {
      if (matches(name, at)) aborting.abort(new Error('stop'));
    };
    const host = await openHost({ source, failPoint });
    const run = host.reprocess({ signal: aborting.signal });
    if (FAIL_POINTS.indexOf(at) >= FAIL_POINTS.indexOf('5-intent') || at === '4-prepared')
      await run.catch(() => undefined);
    else {
      expect(await failureOf(run)).toMatchObject({ code: 'REPROCESS_ABORTED', cause: { message: 'stop' } });
      expect(host.status()).toMatchObject({ state: 'NONE', lastReport: { outcome: 'aborted' } });
    }
    expect([source.opened, source.closed]).toEqual([1, 1]);
  });

  it('though its close fails: that is an alert, and the run stands', async () => {
    let closes = 0;
    const source: Source = {
      openSnapshot() {
        const snapshot = ordersSource(3).openSnapshot();
        snapshot.close = async () => {
          closes += 1;
          throw new Error('stuck');
        };
        return snapshot;
      },
    };
    const host = await openHost({ source });
    const codes: string[] = [];
    host.on('alert', ({ code }) => codes.push(code));
    expect((await host.reprocess()).outcome).toBe('switched');
    expect([closes, codes]).toEqual([1, ['SNAPSHOT_CLOSE_FAILED']]);
  });

  it('though it comes after the abort and cannot be closed: the abort is what is told', async () => {
    const aborting = new AbortController();
    const source: Source = {
      openSnapshot() {
        aborting.abort(new Error('stop'));
        const snapshot = ordersSource(3).openSnapshot();
        snapshot.close = async () => {
          throw new Error('stuck');
        };
        return snapshot;
      },
    };
    const host = await openHost({ source });
    const codes: string[] = [];
    host.on('alert', ({ code }) => codes.push(code));
    const error = await failureOf(host.reprocess({ signal: aborting.signal }));
    expect(error).toMatchObject({ code: 'REPROCESS_ABORTED', cause: { message: 'stop' } });
    expect(codes).toEqual(['SNAPSHOT_CLOSE_FAILED']);
  });
});
