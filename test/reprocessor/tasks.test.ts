import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { isReprocessError, type Sink, type TaskContext, type TaskSnapshot } from '../../src/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  gate,
  memoryRows,
  openHost,
  openWithClock,
  ordersSource,
  reportOf,
  rowsOf,
  taskDoing,
  type RowsAdapter,
} from './rows-host.ts';

const failing = taskDoing(async () => {
  throw new RangeError('no such month');
}, 'Failing');

describe('a task that fails', () => {
  it('ends the run with its name and cause; the other task counts as not run', async () => {
    const source = ordersSource();
    const host = await openHost({ tasks: [copyTask(), failing], source, retry: { maxRetries: 0 } });
    const error = await failureOf(host.reprocess());
    expect(error.code).toBe('REPROCESS_TASK_FAILED');
    expect(error.details['task']).toBe('Failing');
    expect(error.cause).toBeInstanceOf(RangeError);
    const { tasks, outcome, generation, error: told } = reportOf(error);
    expect({ outcome, generation }).toEqual({ outcome: 'failed', generation: 1 });
    expect(tasks.map((task) => [task.taskName, task.outcome, task.error?.code])).toEqual([
      ['Copy', 'not-run', undefined],
      ['Failing', 'failed', 'REPROCESS_TASK_FAILED'],
    ]);
    expect(told).toMatchObject({ code: 'REPROCESS_TASK_FAILED', cause: { message: 'no such month' } });
    expect(source.closed).toBe(1);
  });

  it('may return its failure', async () => {
    const task = taskDoing(async () => ({ success: false, message: 'half a month is missing' }));
    const host = await openHost({ tasks: [task], source: ordersSource() });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({
      code: 'REPROCESS_TASK_FAILED',
      cause: { message: 'half a month is missing' },
    });
  });

  it('throws before it begins: while it makes its staged twin', async () => {
    const task = copyTask('Twin', 'main', {
      getStagedTask() {
        throw new RangeError('no twin');
      },
    });
    const host = await openHost({ tasks: [copyTask(), task], source: ordersSource() });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({ code: 'REPROCESS_TASK_FAILED', details: { task: 'Twin' } });
    expect(reportOf(error).tasks.map(({ outcome }) => outcome)).toEqual(['not-run', 'failed']);
  });

  it('returns itself as its staged twin', async () => {
    const task = copyTask('Self', 'main', {
      getStagedTask() {
        return task;
      },
    });
    const host = await openHost({ tasks: [task], source: ordersSource() });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({ code: 'REPROCESS_TASK_INVALID', details: { task: 'Self' } });
    expect(reportOf(error).tasks).toMatchObject([
      { outcome: 'failed', error: { code: 'REPROCESS_TASK_INVALID' } },
    ]);
  });

  it('runs as its staged twin, under its own name', async () => {
    const host = await openHost({
      tasks: [copyTask('Outer', 'main', { getStagedTask: () => copyTask('Inner') })],
      source: ordersSource(),
    });
    const { tasks } = await host.reprocess();
    expect(tasks).toMatchObject([{ taskName: 'Outer', outcome: 'succeeded', rowsWritten: 10 }]);
    expect(await rowsOf(host)).toEqual(copied());
  });

  it('hangs past its time, and is left behind with a dead context', async () => {
    const stuck = gate();
    let late: unknown;
    const left = gate();
    const hanging = taskDoing(async (_snapshot, context) => {
      const sink = context.sink('rows');
      await stuck.opened;
      try {
        void sink.put('late', 'row');
      } catch (error) {
        late = error;
      }
      left.open();
      return undefined;
    }, 'Hanging');
    const { reprocessor, clock } = await openWithClock({
      tasks: [hanging, copyTask()],
      source: ordersSource(),
      taskTimeoutMs: 500,
      retry: { maxRetries: 0 },
    });
    const failure = failureOf(reprocessor.reprocess());
    await turn();
    await clock.advance(500);
    const error = await failure;
    expect(error).toMatchObject({
      code: 'REPROCESS_TASK_TIMEOUT',
      details: { task: 'Hanging', timeoutMs: 500 },
    });
    stuck.open();
    await left.opened;
    expect(isReprocessError(late, 'REPROCESS_HANDLE_CLOSED')).toBe(true);
    expect(clock.pending).toBe(0);
  });
});

describe('a task that keeps what it was given', () => {
  it('changes no byte with it later', async () => {
    const kept: {
      context?: TaskContext<RowsAdapter>;
      sink?: Sink<readonly [string, string]>;
      snapshot?: TaskSnapshot;
    } = {};
    const keeping = taskDoing(async (snapshot, context) => {
      Object.assign(kept, { context, snapshot, sink: context.sink('rows') });
      void kept.sink?.put('a', 'in time');
      return undefined;
    });
    const host = await openHost({ tasks: [keeping], source: ordersSource() });
    await host.reprocess();
    const uses: (() => unknown)[] = [
      () => kept.sink?.put('b', 'late'),
      () => kept.sink?.putBytes(Buffer.from('b'), 1, Buffer.from('late'), 4),
      () => kept.context?.sink('extra'),
      () => kept.context?.progress('orders', 1),
      () => kept.context?.finding({ kind: 'late', table: 'orders', key: Buffer.from('b') }),
      () => kept.context?.quarantine({ table: 'orders', key: Buffer.from('b'), reason: 'late' }),
    ];
    for (const use of uses) expect(use).toThrow(expect.objectContaining({ code: 'REPROCESS_HANDLE_CLOSED' }));
    for (const use of [
      kept.snapshot?.scan('orders', { rows: () => undefined }),
      kept.snapshot?.get('orders', Buffer.from('o')),
    ]) {
      expect((await failureOf(Promise.resolve(use))).code).toBe('REPROCESS_HANDLE_CLOSED');
    }
    expect(await rowsOf(host)).toEqual(['a=in time']);
    expect(host.status().lastReport?.tasks).toMatchObject([
      { rowsWritten: 1, findings: [], quarantined: { count: 0 } },
    ]);
  });

  it('may forget a scan: its end is nobody’s unhandled rejection', async () => {
    const unhandled: unknown[] = [];
    const listen = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listen);
    try {
      const forgetting = taskDoing(async (snapshot) => {
        const begun = gate();
        void snapshot.scan('orders', { rows: () => begun.open() });
        await begun.opened;
        void snapshot.scan('orders', { rows: () => undefined });
        return undefined;
      });
      const host = await openHost({ tasks: [forgetting, copyTask()], source: ordersSource(5000) });
      await host.reprocess();
      await turn();
      await turn();
      expect(unhandled).toEqual([]);
      expect(await rowsOf(host)).toHaveLength(5000);
    } finally {
      process.off('unhandledRejection', listen);
    }
  });
});

describe('a sink', () => {
  it('is of its own store and table, once', async () => {
    const seen: unknown[] = [];
    const task = taskDoing(async (_snapshot, context) => {
      for (const table of ['side-table', 'rows', 'rows'] as const) {
        try {
          // Names that the types would refuse.
          (context as unknown as TaskContext).sink(table);
        } catch (error) {
          seen.push(error);
        }
      }
      return undefined;
    });
    const host = await openHost({ stores: { main: memoryRows() }, tasks: [task], source: ordersSource() });
    await host.reprocess();
    expect(seen).toEqual([
      new TypeError('Expected `table` to be one of rows, extra, got `side-table` (string)'),
      new TypeError("Task 'Doing' has opened the sink of table 'rows' already"),
    ]);
  });

  it('needs no awaiting', async () => {
    const task = taskDoing(async (_snapshot, context) => {
      const sink = context.sink('rows');
      for (let index = 0; index < 20_000; index++)
        void sink.put(String(index % 10_000).padStart(6, '0'), String(index));
      return undefined;
    });
    const host = await openHost({ tasks: [task], source: ordersSource(), sortBufferBytes: 4096 });
    const { tasks, stores } = await host.reprocess();
    expect(tasks).toMatchObject([{ rowsWritten: 20_000 }]);
    expect(stores).toMatchObject([{ rows: { rows: 10_000 } }]);
    expect((await rowsOf(host)).at(-1)).toBe('009999=19999');
  });
});
