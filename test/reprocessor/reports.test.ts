import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { taskModule } from '../../src/index.ts';
import { simulatedClock } from '../../src/testing/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  gate,
  memoryRows,
  openHost,
  ordersSource,
  reportOf,
  rowsOf,
  taskDoing,
} from './rows-host.ts';

const quarantining = taskDoing(async (snapshot, context) => {
  await snapshot.scan('orders', {
    rows(batch) {
      for (let index = 0; index < batch.length; index++) {
        context.quarantine({ table: 'orders', key: batch.key(index), reason: 'no price' });
        context.finding({ kind: 'orphan', table: 'orders', key: batch.key(index) });
      }
    },
  });
  return { message: 'all set aside' };
});

describe('a report', () => {
  it('counts rows, quarantined records and findings, and keeps the first of them', async () => {
    const host = await openHost({ tasks: [quarantining], source: ordersSource(50) });
    const { tasks } = await host.reprocess();
    const [task] = tasks;
    expect(task).toMatchObject({
      outcome: 'succeeded',
      message: 'all set aside',
      rowsRead: 50,
      rowsWritten: 0,
      quarantined: { count: 50 },
      findings: [{ kind: 'orphan', count: 50 }],
    });
    expect(task?.quarantined.first).toHaveLength(20);
    expect(task?.quarantined.first[0]).toEqual({
      table: 'orders',
      key: Buffer.from('o000000').toString('hex'),
      reason: 'no price',
    });
    expect(task?.findings[0]?.first).toHaveLength(20);
  });

  it('of a run past `maxQuarantined` says so; the limit is of all tasks together', async () => {
    const tasks = [quarantining, { ...quarantining, taskName: 'Other' }];
    const host = await openHost({
      tasks,
      source: ordersSource(50),
      maxQuarantined: 99,
      retry: { maxRetries: 0 },
    });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({ code: 'REPROCESS_QUARANTINED', details: { maxQuarantined: 99 } });
    expect(
      reportOf(error)
        .tasks.map(({ outcome }) => outcome)
        .sort(),
    ).toEqual(['failed', 'not-run']);
    const wider = await openHost({ tasks, source: ordersSource(50), maxQuarantined: 100 });
    expect((await wider.reprocess()).outcome).toBe('switched');
  });

  it('names the conflict of two tasks, and the key order of one', async () => {
    const writing = (name: string, value: string, ascending = false) =>
      taskDoing(async (_snapshot, context) => {
        const sink = context.sink('rows', { ascending });
        void sink.put('b', value);
        if (ascending) void sink.put('a', value);
        return undefined;
      }, name);
    const source = ordersSource();
    const conflict = await openHost({
      tasks: [writing('A', '1'), writing('B', '2')],
      source,
      retry: { maxRetries: 0 },
    });
    expect(await failureOf(conflict.reprocess())).toMatchObject({
      code: 'REPROCESS_KEY_CONFLICT',
      details: { table: 'rows', key: '62' },
    });
    const agreed = await openHost({ tasks: [writing('A', '1'), writing('B', '1')], source });
    await agreed.reprocess();
    expect(await rowsOf(agreed)).toEqual(['b=1']);
    const order = await openHost({ tasks: [writing('A', '1', true)], source, retry: { maxRetries: 0 } });
    expect(await failureOf(order.reprocess())).toMatchObject({
      code: 'REPROCESS_TASK_FAILED',
      cause: { code: 'REPROCESS_KEY_ORDER' },
    });
  });

  it('is plain data, and stands in the history', async () => {
    const host = await openHost({ source: ordersSource(), clock: simulatedClock(5000), leaseTimeoutMs: 0 });
    const report = await host.reprocess({ reason: 'FULL_SNAPSHOT' });
    const asJson = (value: unknown): string =>
      JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? one.toString() : one));
    expect(JSON.parse(asJson(report))).toMatchObject({
      format: 1,
      generation: 1,
      snapshot: { sequence: '11' },
    });
    expect(JSON.parse(asJson(host.status()))).toMatchObject({
      format: 1,
      state: 'NONE',
      generation: 1,
      sequence: '11',
    });
    expect(report.phases.map(({ phase }) => phase)).toEqual([
      'snapshot',
      'stage',
      'process',
      'verify',
      'prepare',
      'commit',
    ]);
    expect(await host.runs()).toEqual([
      {
        format: 1,
        generation: 1,
        reason: 'FULL_SNAPSHOT',
        outcome: 'switched',
        startedAtMs: 5000,
        durationMs: 0,
        sequence: '11',
        error: null,
      },
    ]);
  });
});

describe('the status of a run', () => {
  it('tells rows done and estimated, the rate and the time left', async () => {
    const clock = simulatedClock(0);
    const [begun, held] = [gate(), gate()];
    const slow = taskDoing(async (snapshot) => {
      await snapshot.scan('orders', {
        async rows() {
          begun.open();
          await held.opened;
        },
      });
      return undefined;
    }, 'Slow');
    const host = await openHost({
      tasks: [slow, copyTask()],
      source: ordersSource(3000),
      clock,
      leaseTimeoutMs: 0,
    });
    expect(host.status().run).toBeUndefined();
    const running = host.reprocess();
    await begun.opened;
    expect(host.status().run).toMatchObject({
      rowsDone: 0,
      rowsEstimated: 6000,
      rowsPerSecond: 0,
      etaMs: undefined,
    });
    await clock.advance(1000);
    let told = host.status().run;
    host.on('task:end', () => (told = host.status().run));
    held.open();
    await running;
    expect(told).toMatchObject({ rowsDone: 6000, rowsEstimated: 6000, rowsPerSecond: 6000, etaMs: 0 });
    expect(told?.tasks[0]).toEqual({
      taskName: 'Slow',
      tables: { orders: { rowsDone: 3000, rowsEstimated: 3000 } },
    });
  });

  it('counts every table for a task that names none', async () => {
    const begun = gate();
    const held = gate();
    const open = taskDoing(
      async () => {
        begun.open();
        await held.opened;
        return undefined;
      },
      'Open',
      'main',
      { sourceTables: [] },
    );
    const host = await openHost({ tasks: [open, copyTask()], source: ordersSource() });
    const running = host.reprocess();
    await begun.opened;
    const [all, copy] = host.status().run?.tasks ?? [];
    expect(all).toMatchObject({ taskName: 'Open', tables: copy?.tables });
    held.open();
    await running;
  });
});

describe('a task named by its module', () => {
  const url = pathToFileURL(`${import.meta.dirname}/../fixtures/task-modules.ts`);

  it.each(['Class', 'make', 'instance', 'default'])(
    'may be a class, a function or the task itself (%s)',
    async (name) => {
      const task = taskModule(url, { export: name, options: { taskName: 'Moduled' } });
      const host = await openHost({ stores: { main: memoryRows() }, tasks: [task], source: ordersSource() });
      const { tasks } = await host.reprocess();
      expect(tasks.map(({ taskName }) => taskName)).toEqual(['Moduled']);
      expect(await rowsOf(host)).toEqual(copied());
    },
  );

  it.each([
    ['Missing', /has no export 'Missing' that is or makes a task/],
    ['notATask', /has no export 'notATask' that is or makes a task/],
    ['throwing', /threw while 'throwing' made its task/],
  ])('is told when it is none (%s)', async (name, sentence) => {
    const task = taskModule(url, { export: name });
    const error = await failureOf(openHost({ tasks: [task] }));
    expect(error).toMatchObject({ code: 'REPROCESS_TASK_INVALID', details: { export: name } });
    expect(error.message).toMatch(sentence);
  });

  it('is told when its module cannot be loaded', async () => {
    const error = await failureOf(openHost({ tasks: [taskModule(new URL('./no-such.ts', url))] }));
    expect(error.code).toBe('REPROCESS_TASK_INVALID');
    expect(() => taskModule('nowhere')).toThrow(
      new TypeError('Expected `url` to be a URL, got `nowhere` (string)'),
    );
  });
});
