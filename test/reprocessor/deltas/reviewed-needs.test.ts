import { expect, it } from 'vitest';
import type { Source } from '../../../src/index.ts';
import { levelRows } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, idle, openLive } from './orders-host.ts';
import type { Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

it('what is needed is met when the circuit closes, also after a way back', async () => {
  const world = new OrdersWorld().churn(10);
  let down = false;
  let opens = 0;
  const source: Source = {
    openSnapshot: () => {
      opens += 1;
      if (down) throw new Error('The source is down');
      return world.snapshot();
    },
  };
  const hooks: Hooks = {};
  const stores = { a: levelRows(), b: levelRows() };
  const opened = await openLive(world, {
    kind: 'level',
    source,
    stores,
    hooks,
    retry: { maxRetries: 1, initialDelayMs: 50, circuitResetMs: 60_000 },
  });
  const { host, clock } = opened;
  await host.reprocess({ tasks: ['Orders-a'] });
  down = true;
  hooks.process = (_delta, _context, task) => {
    if (task === 'Orders-b') throw new Error('Injected fault');
  };
  world.churn(2);
  await host.consume(world.delta(10n));
  await until(() => host.status().retryAtMs !== undefined);
  await clock.advance(50);
  await until(() => host.status().circuitOpenUntilMs !== undefined);
  await idle(opened);
  await host.rollbackTo(1);
  expect(host.status()).toMatchObject({ generation: 1, waitingFor: ['rebuild', 'circuit'] });
  down = false;
  delete hooks.process;
  opens = 0;
  await clock.advance(60_000);
  await until(() => host.status().stores.every(({ blocked }) => blocked === undefined));
  await idle(opened);
  await expectWhole(opened, world, 'level');
  expect(opens).toBe(1);
  expect(host.status().waitingFor).toEqual([]);
});

it('a need that comes back right after its run waits, longer each time', async () => {
  const world = new OrdersWorld().churn(5);
  const hooks: Hooks = {};
  const opened = await openLive(world, {
    kind: 'level',
    hooks,
    retry: { initialDelayMs: 1000, maxDelayMs: 5000 },
  });
  const { host, alerts, clock } = opened;
  hooks.process = () => {
    throw new Error('Injected fault');
  };
  const startedMs: number[] = [];
  const endedMs: number[] = [];
  const reasons = new Set<string>();
  host.on('run:begin', ({ reason }) => {
    startedMs.push(clock.now());
    reasons.add(reason);
  });
  host.on('run:end', () => endedMs.push(clock.now()));
  const failOnce = async (round: number, startsAtOnce: boolean): Promise<void> => {
    const after = world.sequence;
    world.churn(1);
    await host.consume(world.delta(after));
    await until(() => codesOf(alerts).filter((code) => code === 'TASK_FAILURE').length === round);
    // Some begin at once, the others with a timer; the clock stands still while they are going on.
    if (startsAtOnce) await until(() => startedMs.length === round);
    while (startedMs.length < round) await clock.advance(100);
    await until(() => endedMs.length === round);
    await idle(opened);
    await expectWhole(opened, world, 'level');
  };
  const pausesMs = (): readonly number[] =>
    startedMs.slice(1).map((atMs, index) => atMs - (endedMs[index] ?? 0));
  for (let round = 1; round <= 6; round++) await failOnce(round, round === 1);
  expect(pausesMs()).toEqual([1000, 2000, 4000, 5000, 5000]);
  // What has worked for a while is met at once again, and what follows waits as short as at first.
  const calmMs = 20_000;
  await clock.advance(calmMs);
  await failOnce(7, true);
  await failOnce(8, false);
  expect(pausesMs().slice(-2)).toEqual([calmMs, 1000]);
  expect([...reasons]).toEqual(['TASK_FAILURE']);
});
