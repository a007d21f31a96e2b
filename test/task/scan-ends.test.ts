import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { counted, counting, ROWS, runTasks } from './counted-snapshot.ts';

describe('a shared scan', () => {
  it('ends only the scan whose visitor throws or rejects', async () => {
    const snapshot = counted();
    const whole = counting();
    const settled = await runTasks(snapshot, [
      { declared: ['a'], run: (own) => own.scan('a', whole) },
      {
        declared: ['a'],
        run: (own) =>
          own.scan('a', {
            rows() {
              throw new Error('sync');
            },
          }),
      },
      { declared: ['a'], run: (own) => own.scan('a', { rows: () => Promise.reject(new Error('async')) }) },
      {
        declared: ['a'],
        run: (own) =>
          own.scan('a', {
            rows: () => undefined,
            end() {
              throw new Error('end');
            },
          }),
      },
    ]);
    expect(settled.map((one) => (one.status === 'rejected' ? String(one.reason) : 'done'))).toEqual([
      'done',
      'Error: sync',
      'Error: async',
      'Error: end',
    ]);
    expect([whole.rowsSeen, whole.ends, snapshot.passes.length]).toEqual([ROWS, 1, 1]);
  });

  it('ends a pass early when nobody is left in it', async () => {
    const snapshot = counted();
    let batches = 0;
    const [result] = await runTasks(snapshot, [
      {
        declared: ['a'],
        run: (own) =>
          own.scan('a', {
            rows() {
              batches += 1;
              throw new Error('enough');
            },
          }),
      },
    ]);
    expect([result?.status, batches]).toEqual(['rejected', 1]);
  });

  it('stops within one batch when it is aborted', async () => {
    const aborting = new AbortController();
    let batches = 0;
    const settled = await runTasks(
      counted(),
      [
        {
          declared: ['a'],
          run: (own) =>
            own.scan('a', {
              rows() {
                batches += 1;
                aborting.abort(new Error('stop'));
              },
            }),
        },
        { declared: ['a'], run: (own) => own.scan('a', { rows: () => new Promise<void>(() => undefined) }) },
      ],
      aborting.signal,
    );
    expect(batches).toBe(1);
    for (const one of settled) {
      expect(one).toMatchObject({ status: 'rejected', reason: { code: 'REPROCESS_ABORTED' } });
    }
  });

  it('says that the source failed, and where', async () => {
    const snapshot = counted();
    snapshot.scan = async () => {
      throw new Error('read error');
    };
    const [result] = await runTasks(snapshot, [{ declared: ['a'], run: (own) => own.scan('a', counting()) }]);
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'REPROCESS_SOURCE_FAILED', cause: { message: 'read error' } },
    });
  });

  it('lets others run: a turn of the event loop for every few batches', async () => {
    let turns = 0;
    let counts = true;
    const count = async (): Promise<void> => {
      for (; counts; turns++) await turn();
    };
    const counted10 = counted();
    const counter = count();
    let batches = 0;
    await runTasks(counted10, [
      { declared: ['a'], run: (own) => own.scan('a', { rows: () => void (batches += 1) }) },
    ]);
    counts = false;
    await counter;
    expect(turns).toBeGreaterThanOrEqual(batches);
  });
});
