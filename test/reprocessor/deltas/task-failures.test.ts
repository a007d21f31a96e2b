import { describe, expect, it } from 'vitest';
import type { DeltaContext } from '../../../src/task/delta-context.ts';
import { levelRows, memoryRows } from '../rows-host.ts';
import { levelStore } from '../../../src/adapters/level/index.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, idle, KINDS, openLive, ordersIn, sendRest, shapeOf } from './orders-host.ts';
import { applyOrders, ordersTask, type Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

const table = { keyEncoding: 'utf8', valueEncoding: 'utf8' } as const;
/** A store for two tasks. */
const sharedRows = () => levelStore({ tables: { rows: table, extra: table, rows2: table, extra2: table } });

type Failing = NonNullable<Hooks['process']>;

const FAILURES: readonly (readonly [string, Failing, string])[] = [
  [
    'throws',
    () => {
      throw new Error('Broken');
    },
    'REPROCESS_TASK_FAILED',
  ],
  ['throws what is no error', () => Promise.reject(Object.create(null) as Error), 'REPROCESS_TASK_FAILED'],
  ['returns a failure', () => ({ success: false, message: 'Broken' }), 'REPROCESS_TASK_FAILED'],
];

describe.each(FAILURES)('a task that %s', (_what, fail, code) => {
  it('is tried once more, and nothing else is told when that does it', async () => {
    const world = new OrdersWorld();
    let calls = 0;
    const hooks: Hooks = {
      process: (...given) => {
        calls += 1;
        return calls === 1 ? fail(...given) : undefined;
      },
    };
    const opened = await openLive(world, { hooks });
    world.churn(9);
    await opened.host.consume(world.delta(0n));
    await expectWhole(opened, world);
    expect([calls, opened.alerts]).toEqual([2, []]);
  });

  it('twice is rebuilt with the tasks of its store alone, while the others go on', async () => {
    const world = new OrdersWorld();
    const hooks: Hooks = {
      process: (delta, context, task) => (task === 'Failing' ? fail(delta, context, task) : undefined),
    };
    const stores = { shaky: sharedRows(), steady: levelRows() };
    const tasks = [
      ordersTask('Failing', 'shaky', shapeOf('level'), hooks),
      ordersTask('Sharing', 'shaky', shapeOf('level'), hooks, { rows: 'rows2', extra: 'extra2' }),
      ordersTask('Steady', 'steady', shapeOf('level'), hooks),
    ];
    const opened = await openLive(world, { kind: 'level', stores, tasks });
    const { host } = opened;
    const runs: unknown[] = [];
    host.on('run:begin', ({ reason, tasks: names }) => {
      runs.push([reason, names]);
      // The snapshot holds what the task could not apply.
      delete hooks.process;
    });
    world.churn(9);
    await sendRest(opened, world, 4n);
    await expectWhole(opened, world, 'level');
    await idle(opened);
    expect(runs).toEqual([['TASK_FAILURE', ['Failing', 'Sharing']]]);
    expect(opened.alerts[0]).toMatchObject({ code: 'TASK_FAILURE', error: { code } });
    expect(host.status()).toMatchObject({
      generation: 2,
      waitingFor: [],
      stores: [
        { store: 'shaky', live: 2, blocked: undefined },
        { store: 'steady', live: 1, blocked: undefined },
      ],
    });
  });

  it('without a source waits for one, and says so, while the others go on', async () => {
    const world = new OrdersWorld();
    const hooks: Hooks = {
      process: (delta, context, task) => (task === 'Orders-shaky' ? fail(delta, context, task) : undefined),
    };
    const stores = { shaky: memoryRows(), steady: memoryRows() };
    const opened = await openLive(world, { stores, hooks, source: undefined });
    const { host, alerts } = opened;
    world.churn(9);
    await sendRest(opened, world, 4n);
    await until(() => host.status().stores[1]?.sequence === 9n && alerts.length === 2);
    expect(codesOf(alerts)).toEqual(['TASK_FAILURE', 'REPROCESS_NO_SOURCE']);
    expect(host.status()).toMatchObject({
      waitingFor: ['rebuild', 'source'],
      sequence: 0n,
      lag: 9n,
      stores: [
        { blocked: { reason: 'TASK_FAILURE', error: { code } }, sequence: 0n },
        { blocked: undefined, sequence: 9n },
      ],
    });
    expect(await host.read((lease) => ordersIn(lease, 'memory', 'steady'))).toEqual(world.rows());
    await host.reprocess({ source: world.source, tasks: ['Orders-shaky'] });
    await expectWhole(opened, world);
    expect(host.status().waitingFor).toEqual([]);
  });
});

describe('a task that hangs', () => {
  it('is given up past its time, twice, and rebuilt', async () => {
    const world = new OrdersWorld();
    const contexts: DeltaContext[] = [];
    const hooks: Hooks = {
      process: async (_delta, context) => {
        contexts.push(context);
        await new Promise(() => undefined);
      },
    };
    const opened = await openLive(world, { hooks, taskTimeoutMs: 5000 });
    const { host, alerts, clock } = opened;
    world.churn(4);
    await sendRest(opened, world, 4n);
    await until(() => contexts.length === 1);
    await clock.advance(4999);
    expect(contexts).toHaveLength(1);
    await clock.advance(1);
    await until(() => contexts.length === 2);
    host.once('run:begin', () => {
      delete hooks.process;
    });
    await clock.advance(5000);
    await expectWhole(opened, world);
    expect(alerts).toMatchObject([{ code: 'TASK_FAILURE', error: { code: 'REPROCESS_TASK_TIMEOUT' } }]);
    for (const context of contexts) {
      expect(() => context.table('rows')).toThrow(/after its promise had settled/);
    }
    await host.close();
    expect(clock.pending).toBe(0);
  });
});

describe.each(KINDS)('a task of a %s store that says how far it got', (kind) => {
  it('goes on from there: what it wrote before is kept, what it wrote after is not', async () => {
    const world = new OrdersWorld().churn(3);
    const seen: unknown[] = [];
    const shape = shapeOf(kind);
    const task = {
      ...ordersTask('Seeking', 'main', shape, {}),
      process: async (
        ...[delta, context]: Parameters<NonNullable<ReturnType<typeof ordersTask>['process']>>
      ) => {
        seen.push([...context.seekPositions]);
        const first = context.seekPositions.get('all') ?? 0;
        if (first > 0) {
          await applyOrders(delta, context, shape, undefined, first);
          return undefined;
        }
        const half = { ...delta, events: delta.events.slice(0, 5) };
        await applyOrders(half, context, shape);
        context.seek('all', 3);
        context.seek('all', 5);
        // Lost with the attempt: it comes again from the position.
        await applyOrders(delta, context, shape, undefined, 5);
        context.table('rows').put(...shape.put('never', 'seen'));
        context.quarantine({ table: 'orders', key: Buffer.from('never'), reason: 'Not kept' });
        throw new Error('Broken half-way');
      },
    };
    const opened = await openLive(world, { kind, tasks: [task] });
    world.churn(12);
    await opened.host.consume(world.delta(3n));
    await expectWhole(opened, world, kind);
    expect(seen).toEqual([[], [['all', 5]]]);
    expect(opened.alerts).toEqual([]);
    expect(opened.host.status().deltas.quarantined.count).toBe(0);
  });
});

it('the failure of one task takes back what the others of the store have written for that delta', async () => {
  const world = new OrdersWorld();
  let fails = true;
  const hooks: Hooks = {
    process: (_delta, _context, task) => {
      if (task === 'Second' && fails) throw new Error('Broken');
    },
  };
  const tasks = [
    ordersTask('First', 'main', shapeOf('level'), hooks),
    ordersTask('Second', 'main', shapeOf('level'), hooks, { rows: 'rows2', extra: 'extra2' }),
  ];
  const opened = await openLive(world, {
    kind: 'level',
    stores: { main: sharedRows() },
    tasks,
    source: undefined,
  });
  world.churn(5);
  await sendRest(opened, world, 5n);
  await until(() => opened.host.status().stores[0]?.blocked !== undefined);
  expect(await opened.host.read((lease) => ordersIn(lease, 'level'))).toEqual([]);
  fails = false;
  // Nothing has blocked it in this process: it goes on from the log.
  const reopened = await opened.reopen();
  await expectWhole(reopened, world, 'level');
});
