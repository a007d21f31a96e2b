import { describe, expect, it } from 'vitest';
import { failureOf, gate, levelRows, reasonOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { adapterOf, expectWhole, KINDS, openLive, openOrders, ordersIn, sendRest } from './orders-host.ts';
import type { Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

describe.each(KINDS)('a host of a %s store', (kind) => {
  it('reads its own changes across rebuilds, switches and ways back', async () => {
    const world = new OrdersWorld().churn(20);
    const opened = await openLive(world, { kind, stores: { main: adapterOf(kind), other: adapterOf(kind) } });
    const { host } = opened;
    const operation = { isDone: false };
    let generation = 1;
    const operate = async (): Promise<void> => {
      for (let round = 0; round < 6; round++) {
        if (round % 3 === 2) await host.rollbackTo(host.status().retained[0] ?? 0);
        else await host.reprocess(round % 3 === 1 ? { tasks: ['Orders-main'] } : {});
        generation += 1;
      }
      operation.isDone = true;
    };
    const operating = operate();
    for (let round = 0; !operation.isDone || round < 50; round++) {
      const after = world.sequence;
      world.churn(1 + (round % 3));
      await host.consume(world.delta(after), { durable: round % 2 === 0 });
      const rows = world.rows();
      await host.read(
        async (lease) => {
          expect(lease.sequence).toBeGreaterThanOrEqual(world.sequence);
          expect(lease.sequenceOf('main')).toBeGreaterThanOrEqual(world.sequence);
          expect(await ordersIn(lease, kind, 'main')).toEqual(rows);
          expect(await ordersIn(lease, kind, 'other')).toEqual(rows);
        },
        { atLeast: world.sequence },
      );
      if (round % 7 === 0) await host.whenApplied(world.sequence);
    }
    await operating;
    expect(generation).toBe(7);
    await expectWhole(opened, world, kind);
    expect(opened.alerts).toEqual([]);
  });
});

describe('whenApplied()', () => {
  it('waits for what is still to come, also before anything is live', async () => {
    const world = new OrdersWorld().churn(3);
    const opened = await openOrders({ source: world.source });
    let applied = false;
    const waiting = opened.host.whenApplied(5n).then(() => {
      applied = true;
    });
    await opened.host.reprocess();
    world.churn(2);
    await opened.host.consume(world.delta(3n, 4n));
    await opened.host.whenApplied(4n);
    expect(applied).toBe(false);
    await opened.host.consume(world.delta(4n, 5n));
    await waiting;
    expect(opened.host.status()).toMatchObject({ sequence: 5n, leases: 0 });
  });

  it('waits for all stores', async () => {
    const world = new OrdersWorld();
    const held = gate();
    const hooks: Hooks = {
      process: async (_delta, _context, task) => (task === 'Orders-slow' ? held.opened : undefined),
    };
    const opened = await openLive(world, {
      kind: 'level',
      stores: { slow: levelRows(), fast: levelRows() },
      hooks,
    });
    world.churn(5);
    await sendRest(opened, world, 5n);
    let applied = false;
    const waiting = opened.host.whenApplied(5n).then(() => {
      applied = true;
    });
    await until(() => opened.host.status().stores[1]?.sequence === 5n);
    expect([applied, opened.host.status().sequence, opened.host.status().lag]).toEqual([false, 0n, 5n]);
    const rows = await opened.host.read((lease) => ordersIn(lease, 'level', 'fast'));
    expect(rows).toEqual(world.rows());
    held.open();
    await waiting;
    await expectWhole(opened, world, 'level');
  });

  it('ends with an abort, before and while it waits', async () => {
    const world = new OrdersWorld();
    const { host } = await openLive(world);
    const reason = new Error('enough');
    expect(await reasonOf(host.whenApplied(1n, { signal: AbortSignal.abort(reason) }))).toMatchObject({
      code: 'REPROCESS_ABORTED',
      cause: reason,
    });
    const abort = new AbortController();
    const waiting = [
      reasonOf(host.whenApplied(1n, { signal: abort.signal })),
      reasonOf(host.read(() => 'read', { atLeast: 1n, signal: abort.signal })),
      reasonOf(host.acquire({ atLeast: 1n, signal: abort.signal })),
    ];
    abort.abort(reason);
    for (const ended of await Promise.all(waiting)) {
      expect(ended).toMatchObject({ code: 'REPROCESS_ABORTED', name: 'AbortError', cause: reason });
    }
    expect(host.status().leases).toBe(0);
    expect(await reasonOf(host.whenApplied(-1n))).toBeInstanceOf(TypeError);
  });

  it('ends when the host is closed', async () => {
    const world = new OrdersWorld();
    const { host } = await openLive(world);
    const waiting = [
      failureOf(host.whenApplied(1n)),
      failureOf(host.read(() => 'read', { atLeast: 1n })),
      failureOf(host.acquire({ atLeast: 1n })),
    ];
    await host.close();
    for (const { code } of await Promise.all(waiting)) expect(code).toBe('REPROCESS_CLOSED');
    expect((await failureOf(host.whenApplied(0n))).code).toBe('REPROCESS_CLOSED');
  });
});

describe('a read inside another', () => {
  it('joins it when that has what it wants', async () => {
    const world = new OrdersWorld().churn(4);
    const { host } = await openLive(world);
    await host.read(async (outer) => {
      await host.reprocess();
      const inner = await host.read((lease) => lease.generation, { atLeast: 4n });
      expect([outer.generation, inner]).toEqual([1, 1]);
    });
  });

  it('waits, and then has the newest, when it wants more', async () => {
    const world = new OrdersWorld().churn(4);
    const opened = await openLive(world);
    const { host } = opened;
    await host.read(async (outer) => {
      world.churn(4);
      await host.reprocess();
      world.churn(2);
      const reading = host.read(async (lease) => [lease.generation, await ordersIn(lease)], { atLeast: 10n });
      await sendRest(opened, world);
      expect(await reading).toEqual([2, world.rows()]);
      expect([outer.generation, outer.sequence]).toEqual([1, 4n]);
    });
    expect(host.status().leases).toBe(0);
  });

  it('of the same generation sees what came since, unless the outer one is frozen', async () => {
    const world = new OrdersWorld().churn(4);
    const opened = await openLive(world, { kind: 'level' });
    const { host } = opened;
    for (const frozen of [false, true]) {
      await host.read(
        async (outer) => {
          const before = world.rows();
          world.set('mine', `mine-${String(frozen)}`);
          const reading = host.read((lease) => ordersIn(lease, 'level'), { atLeast: world.sequence });
          await sendRest(opened, world);
          expect(await reading).toEqual(world.rows());
          expect(await ordersIn(outer, 'level')).toEqual(frozen ? before : world.rows());
        },
        { frozen },
      );
    }
  });
});

it('a look at a held-back switch waits for one’s own change, too', async () => {
  const world = new OrdersWorld().churn(4);
  const held = gate();
  const hooks: Hooks = {};
  const opened = await openLive(world, { kind: 'level', hooks });
  const { host } = opened;
  const running = host.reprocess({ switch: 'manually' });
  await until(() => host.status().waitingFor.includes('switch'));
  // The staged generation is the slower one.
  let calls = 0;
  hooks.process = async () => {
    calls += 1;
    if (calls === 2) await held.opened;
  };
  world.churn(3);
  await sendRest(opened, world, 3n);
  await until(() => calls === 2);
  const looking = host.acquire({ generation: 'staged', atLeast: 7n });
  const live = host.acquire({ atLeast: 7n });
  held.open();
  const leases = [await looking, await live];
  expect(leases.map(({ generation }) => generation)).toEqual([2, 1]);
  for (const lease of leases) {
    expect(await ordersIn(lease, 'level')).toEqual(world.rows());
    lease.release();
  }
  host.switchNow();
  await running;
  expect((await failureOf(host.acquire({ generation: 'staged' }))).code).toBe('REPROCESS_NOT_READY');
  expect(() => {
    host.switchNow();
  }).toThrow('No switch is held back');
});
