import { describe, expect, it } from 'vitest';
import { failureOf, reasonOf } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import { adapterOf, expectWhole, KINDS, openLive, ordersIn, sendRest } from '../deltas/orders-host.ts';
import type { Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';

describe.each(KINDS)('a switch of a %s store that is held back by hand', (kind) => {
  it('shows its rows, which follow, until it is let through', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind });
    const { host } = opened;
    expect((await failureOf(host.acquire({ generation: 'staged' }))).code).toBe('REPROCESS_NOT_READY');
    expect(() => {
      host.switchNow();
    }).toThrow(expect.objectContaining({ code: 'REPROCESS_NOT_READY' }));
    const run = host.reprocess({ switch: 'manually' });
    await until(() => host.status().waitingFor.includes('switch'));
    expect(host.status()).toMatchObject({
      waitingFor: ['switch'],
      generation: 1,
      stores: [{ live: 1, staged: 2 }],
    });
    world.churn(7);
    await sendRest(opened, world, 3n);
    await host.read(
      async (lease) => {
        expect([lease.generation, lease.sequence]).toEqual([2, 17n]);
        expect(await ordersIn(lease, kind)).toEqual(world.rows());
      },
      { generation: 'staged', atLeast: 17n },
    );
    await host.read((lease) => {
      expect(lease.generation).toBe(1);
    });
    const held = await host.acquire({ generation: 'staged' });
    const frozen = await host.acquire({ generation: 'staged', frozen: true });
    const before = world.rows();
    host.switchNow();
    expect((await run).outcome).toBe('switched');
    world.churn(5);
    await sendRest(opened, world);
    await expectWhole(opened, world, kind);
    // A look at what was staged goes on as a look at what is live.
    expect(await ordersIn(held, kind)).toEqual(world.rows());
    expect(await ordersIn(frozen, kind)).toEqual(before);
    expect([held.sequence, frozen.sequence, host.status().leases]).toEqual([22n, 17n, 2]);
    held.release();
    frozen.release();
    expect((await failureOf(host.acquire({ generation: 'staged' }))).code).toBe('REPROCESS_NOT_READY');
    expect(opened.alerts).toEqual([]);
  });

  it.each(['abort', 'close'] as const)(
    'leaves nothing behind after %s but what a reader still holds',
    async (how) => {
      const filesAtFirst = openFiles();
      const world = new OrdersWorld().churn(10);
      const opened = await openLive(world, { kind });
      const { host } = opened;
      const stopping = new AbortController();
      const run = reasonOf(host.reprocess({ switch: 'manually', signal: stopping.signal }));
      await until(() => host.status().waitingFor.includes('switch'));
      const lease = await host.acquire({ generation: 'staged' });
      const staged = await ordersIn(lease, kind);
      if (how === 'abort') {
        stopping.abort(new Error('not wanted'));
        expect(await run).toMatchObject({
          code: 'REPROCESS_ABORTED',
          details: { report: { outcome: 'aborted' } },
        });
        expect(await ordersIn(lease, kind)).toEqual(staged);
        lease.release();
        await until(() => host.status().stores.every(({ discarding }) => discarding.length === 0));
        expect(host.status()).toMatchObject({
          state: 'NONE',
          waitingFor: [],
          stores: [{ live: 1, staged: undefined }],
        });
        expect(() => {
          host.switchNow();
        }).toThrow(expect.objectContaining({ code: 'REPROCESS_NOT_READY' }));
        world.churn(3);
        await sendRest(opened, world);
        await host.reprocess();
        await expectWhole(opened, world, kind);
      }
      const closing = host.close();
      lease.release();
      await closing;
      expect(await run).toMatchObject({ code: 'REPROCESS_ABORTED' });
      expect(openFiles()).toBe(filesAtFirst);
      if (kind === 'memory') return;
      const reopened = await opened.reopen();
      expect(reopened.host.status()).toMatchObject({
        waitingFor: [],
        stores: [{ staged: undefined, discarding: [] }],
      });
      await expectWhole(reopened, world, kind);
    },
  );

  it('of some stores shows the others as they are', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, {
      kind: 'level',
      stores: { one: adapterOf('level'), two: adapterOf('level') },
    });
    const { host } = opened;
    const run = host.reprocess({ switch: 'manually', tasks: ['Orders-one'] });
    await until(() => host.status().waitingFor.includes('switch'));
    world.churn(4);
    await sendRest(opened, world);
    await host.read(
      async (lease) => {
        for (const store of ['one', 'two'])
          expect(await ordersIn(lease, 'level', store)).toEqual(world.rows());
      },
      { generation: 'staged', atLeast: world.sequence },
    );
    host.switchNow();
    await run;
    await expectWhole(opened, world, 'level');
  });
});

it('a switch is let through once: the next run waits anew', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world);
  const { host } = opened;
  for (const generation of [2, 3]) {
    const run = host.reprocess({ switch: 'manually' });
    await until(() => host.status().waitingFor.includes('switch'));
    expect(host.status().generation).toBe(generation - 1);
    host.switchNow();
    await run;
  }
  expect(host.status().generation).toBe(3);
});

it('a held-back switch whose run failed is held back again when it is tried again', async () => {
  const world = new OrdersWorld().churn(10);
  const hooks: Hooks = {};
  const opened = await openLive(world, { hooks });
  const { host, clock } = opened;
  hooks.reprocess = () => {
    throw new Error('not now');
  };
  await failureOf(host.reprocess({ switch: 'manually' }));
  delete hooks.reprocess;
  await clock.advance(2000);
  await until(() => host.status().waitingFor.includes('switch') || host.status().generation === 3);
  expect(host.status()).toMatchObject({ waitingFor: ['switch'], generation: 1 });
  host.switchNow();
  await until(() => host.status().generation === 3);
});
