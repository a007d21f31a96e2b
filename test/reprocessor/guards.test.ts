import { describe, expect, it } from 'vitest';
import { memorySource, type Source } from '../../src/index.ts';
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

const NO_RETRY = { maxRetries: 0 };

function sourceOf(count: number, sequence: bigint, history?: string): Source {
  return memorySource({
    sequence,
    ...(history === undefined ? {} : { history }),
    tables: { orders: copied(count).map((row) => [row.slice(0, 7), 'v1'] as const) },
  });
}

describe('the order of snapshots', () => {
  it('refuses one that is older than the live data', async () => {
    const host = await openHost({ source: sourceOf(3, 9n), retry: NO_RETRY });
    await host.reprocess();
    const error = await failureOf(host.reprocess({ source: sourceOf(5, 8n) }));
    expect(error).toMatchObject({
      code: 'REPROCESS_SEQUENCE_GAP',
      details: { store: 'main', snapshotSequence: 8n, liveSequence: 9n },
    });
    expect(reportOf(error)).toMatchObject({ generation: undefined, snapshot: { sequence: 8n } });
    expect(await rowsOf(host)).toHaveLength(3);
  });

  it('takes one of the same sequence, and an older one of another history', async () => {
    const host = await openHost({ source: sourceOf(3, 9n, 'first') });
    await host.reprocess();
    await host.reprocess({ source: sourceOf(4, 9n, 'first') });
    await host.reprocess({ source: sourceOf(5, 2n, 'second') });
    expect(await rowsOf(host)).toHaveLength(5);
    expect(host.status().sequence).toBe(2n);
    expect((await failureOf(host.reprocess({ source: sourceOf(5, 1n, 'second') }))).code).toBe(
      'REPROCESS_SEQUENCE_GAP',
    );
  });
});

describe('the shrink guard', () => {
  it.each([
    [10, 5, 0.5, true],
    [10, 4, 0.5, false],
    [10, 0, 1, false],
    [10, 1, 1, true],
    [10, 9, 0, false],
    [0, 0, 0, true],
    [5, 9, 0, true],
  ])('%i rows to %i with maxShrink %d: %s', async (before, after, maxShrink, allowed) => {
    const host = await openHost({ source: sourceOf(before, 1n), maxShrink, retry: NO_RETRY });
    await host.reprocess();
    const next = host.reprocess({ source: sourceOf(after, 2n) });
    if (allowed) {
      await next;
      expect(await rowsOf(host)).toHaveLength(after);
    } else {
      const error = await failureOf(next);
      expect(error).toMatchObject({
        code: 'REPROCESS_VERIFY_FAILED',
        details: { store: 'main', rowsBefore: before, rowsAfter: after, maxShrink },
      });
      expect(await rowsOf(host)).toHaveLength(before);
    }
  });
});

describe('the disk preflight', () => {
  it('refuses before anything is staged', async () => {
    const huge: Source = {
      openSnapshot() {
        const snapshot = ordersSource().openSnapshot();
        snapshot.estimateBytes = () => 2 ** 60;
        return snapshot;
      },
    };
    const dataDir = temporaryFolder();
    const host = await openHost({ dataDir, stores: { main: levelRows() }, source: huge, retry: NO_RETRY });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({ code: 'REPROCESS_DISK_SPACE', details: { neededBytes: 2 ** 60 } });
    expect(error.message).toContain('1099511627776.0 MiB');
    expect(host.status().stores[0]?.staged).toBeUndefined();
    expect((await host.reprocess({ source: ordersSource() })).outcome).toBe('switched');
  });

  it('counts what must stay free', async () => {
    const options = { dataDir: temporaryFolder(), stores: { main: levelRows() }, source: ordersSource() };
    const host = await openHost({ ...options, diskReserveBytes: Number.MAX_SAFE_INTEGER, retry: NO_RETRY });
    expect((await failureOf(host.reprocess())).code).toBe('REPROCESS_DISK_SPACE');
  });

  it('does not ask for a disk that nothing is written to', async () => {
    const host = await openHost({ source: ordersSource(), diskReserveBytes: Number.MAX_SAFE_INTEGER });
    expect((await host.reprocess()).outcome).toBe('switched');
  });
});
