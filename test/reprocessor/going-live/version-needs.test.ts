import { expect, it } from 'vitest';
import { gate, levelRows, memoryRows, reasonOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, openLive, sendRest, shapeOf, type OrdersHost } from '../deltas/orders-host.ts';
import { ordersTask, type Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { stops } from './stops.ts';

type Task = ReturnType<typeof ordersTask>;
type Changes = Partial<Pick<Task, 'version' | 'dataOptions'>>;

function task(store: string, changes: Changes = {}, hooks: Hooks = {}): Task {
  return { ...ordersTask(`Orders-${store}`, store, shapeOf('level'), hooks), ...changes };
}

/** Resolves when the run that opening has started is over. */
async function rebuilt({ host }: OrdersHost): Promise<void> {
  await until(() => host.status().lastReport !== undefined);
}

it.each<[string, Changes, Changes]>([
  ['a version', { version: 1 }, { version: 2 }],
  ['data options', { dataOptions: { by: 'day' } }, { dataOptions: { by: 'month' } }],
  ['data options that were none', {}, { dataOptions: { by: 'month' } }],
])('%s that changes is rebuilt alone, and back without a rebuild', async (_what, first, second) => {
  const world = new OrdersWorld().churn(10);
  const stores = { one: levelRows(), two: levelRows() };
  const opened = await openLive(world, { kind: 'level', stores, tasks: [task('one', first), task('two')] });
  world.churn(4);
  await sendRest(opened, world);
  const changed = await opened.reopen({ tasks: [task('one', second), task('two')] });
  await rebuilt(changed);
  expect(changed.host.status()).toMatchObject({
    lastReport: { reason: 'TASK_VERSION', tasks: [{ taskName: 'Orders-one' }] },
    stores: [{ live: 2 }, { live: 1 }],
  });
  world.churn(4);
  await sendRest(changed, world);
  await expectWhole(changed, world, 'level');
  const back = await changed.reopen({ tasks: [task('one', first), task('two')], source: undefined });
  await until(() => back.host.status().generation === 1);
  await expectWhole(back, world, 'level');
  expect(back.alerts).toEqual([]);
});

it('a task that is added to a store has the whole store rebuilt', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level' });
  const extra: Task = {
    ...task('main'),
    taskName: 'Extra',
    reprocess: () => Promise.resolve(undefined),
    process: () => Promise.resolve(undefined),
  };
  const waiting = await opened.reopen({ source: undefined, tasks: [task('main'), extra] });
  world.churn(4);
  await sendRest(waiting, world);
  expect(waiting.host.status()).toMatchObject({ sequence: 10n, waitingFor: ['rebuild', 'source'] });
  const reopened = await waiting.reopen({ source: world.source, tasks: [task('main'), extra] });
  await rebuilt(reopened);
  expect(reopened.host.status().lastReport?.tasks.map(({ taskName }) => taskName)).toEqual([
    'Orders-main',
    'Extra',
  ]);
  await expectWhole(reopened, world, 'level');
});

it('a store whose task is taken away and given back has lost nothing', async () => {
  const world = new OrdersWorld().churn(10);
  const stores = { one: levelRows(), two: levelRows() };
  const opened = await openLive(world, { kind: 'level', stores, tasks: [task('one'), task('two')] });
  const without = await opened.reopen({ tasks: [task('one')], source: undefined });
  world.churn(8);
  await sendRest(without, world);
  await without.host.whenApplied(10n);
  const back = await without.reopen({ tasks: [task('one'), task('two')], source: world.source });
  await until(() => back.host.status().waitingFor.length === 0 && back.host.status().lag === 0n);
  await expectWhole(back, world, 'level');
});

it('a need that comes up while a retained generation is switched in is not forgotten', async () => {
  const world = new OrdersWorld().churn(10);
  const stores = { one: levelRows(), two: levelRows() };
  const hooks: Hooks = {};
  const tasks = (version: number): readonly Task[] => [task('one', { version }), task('two', {}, hooks)];
  const opened = await openLive(world, { kind: 'level', stores, tasks: tasks(1) });
  const newer = await opened.reopen({ tasks: tasks(2) });
  await rebuilt(newer);
  world.churn(4);
  await sendRest(newer, world);
  await newer.host.whenApplied(14n);
  const stop = stops();
  const held = stop.hold('4-caught-up');
  const older = await newer.reopen({ tasks: tasks(1), failPoint: stop.failPoint });
  await held.reached;
  hooks.process = () => {
    throw new Error('cannot');
  };
  world.churn(1);
  await sendRest(older, world);
  await until(() => codesOf(older.alerts).includes('TASK_FAILURE'));
  held.pass.open();
  await rebuilt(older);
  delete hooks.process;
  expect(older.host.status().lastReport).toMatchObject({ reason: 'TASK_FAILURE', outcome: 'switched' });
  await expectWhole(older, world, 'level');
  expect(older.host.status().waitingFor).toEqual([]);
});

it('closing while a retained generation is switched in is no failure', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level', tasks: [task('main')] });
  const newer = await opened.reopen({ tasks: [task('main', { version: 2 })] });
  await rebuilt(newer);
  world.churn(4);
  await sendRest(newer, world);
  const stop = stops();
  const held = stop.hold('4-caught-up');
  const older = await newer.reopen({ tasks: [task('main')], failPoint: stop.failPoint });
  await held.reached;
  const closing = reasonOf(older.host.close());
  held.pass.open();
  expect(await closing).toBeUndefined();
  expect(older.alerts).toEqual([]);
  const again = await older.reopen({ tasks: [task('main')] });
  await until(() => again.host.status().generation === 1);
  await expectWhole(again, world, 'level');
});

it('volatile and outdated stores are rebuilt in one run', async () => {
  const world = new OrdersWorld().churn(10);
  const stores = { kept: levelRows(), gone: memoryRows() };
  const opened = await openLive(world, { kind: 'level', stores, tasks: [task('kept'), task('gone')] });
  const release = gate();
  const source = {
    openSnapshot: async () => {
      await release.opened;
      return world.snapshot();
    },
  };
  const reopened = await opened.reopen({ tasks: [task('kept', { version: 2 }), task('gone')], source });
  world.churn(3);
  await sendRest(reopened, world);
  expect(reopened.host.status()).toMatchObject({
    waitingFor: ['rebuild'],
    stores: [{ live: 1 }, { sequence: undefined }],
  });
  release.open();
  await rebuilt(reopened);
  expect(reopened.host.status().lastReport?.tasks).toHaveLength(2);
  await expectWhole(reopened, world, 'level');
});
