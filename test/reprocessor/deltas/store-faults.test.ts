import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../../src/testing/index.ts';
import { asFailure, reasonOf } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import {
  adapterOf,
  codesOf,
  expectWhole,
  idle,
  KINDS,
  openLive,
  ordersIn,
  type OrdersHost,
} from './orders-host.ts';
import type { Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

/** Moves the clock on until the host has everything: stores that failed are tried again after a while. */
async function settle({ host, clock }: OrdersHost, world: OrdersWorld): Promise<void> {
  const state = { applied: false };
  const waiting = host.whenApplied(world.sequence).then(() => {
    state.applied = true;
  });
  while (!state.applied) await clock.advance(1000);
  await waiting;
}

describe.each(KINDS)('a %s store that fails in call 0, 1, 2 …', (kind) => {
  it.each([false, true])(
    'of consuming and applying is tried again, and loses nothing (after the call: %s)',
    async (after) => {
      const filesBefore = openFiles();
      const world = new OrdersWorld().churn(5);
      const faulty = faultyStore(adapterOf(kind));
      const opened = await openLive(world, {
        kind,
        stores: { shaky: faulty.adapter, steady: adapterOf(kind) },
      });
      let fired = true;
      // First the commit: which number it has among the calls is another in each round.
      const firstCommit = ({ name }: { readonly name: string }) =>
        name === 'apply' && faulty.failed.length === 0;
      for (let call = -1; fired; call++) {
        const from = world.sequence;
        world.churn(4);
        opened.alerts.length = 0;
        faulty.arm({ failOn: call < 0 ? firstCommit : call, after });
        await opened.host.consume(world.delta(from, from + 2n));
        await opened.host.consume(world.delta(from + 2n));
        await settle(opened, world);
        fired = faulty.failed.length > 0;
        const where = `${faulty.failed[0]?.name ?? 'none'} (call ${String(call)})`;
        faulty.arm();
        await expectWhole(opened, world, kind);
        const known = codesOf(opened.alerts).every((code) => code === 'APPLY_FAILED');
        // A task that reads from a store is tried once more by itself.
        expect([where, known, opened.alerts.length < 2]).toEqual([where, true, true]);
        expect([where, opened.host.status().generation]).toEqual([where, 1]);
      }
      await opened.host.close();
      expect(openFiles()).toBe(filesBefore);
    },
  );

  it.each([false, true])(
    'of a rebuild with its catch-up and freeze costs the run only (after the call: %s)',
    async (after) => {
      const filesBefore = openFiles();
      const world = new OrdersWorld().churn(5);
      const faulty = faultyStore(adapterOf(kind));
      const hooks: Hooks = {};
      const opened = await openLive(world, {
        kind,
        hooks,
        stores: { shaky: faulty.adapter, steady: adapterOf(kind) },
        retry: { maxRetries: 0 },
      });
      const { host } = opened;
      let fired = true;
      for (let call = 0; fired; call++) {
        const from = world.sequence;
        world.churn(6);
        const old = world.snapshot();
        world.churn(6);
        const { generation } = host.status();
        // Some of what the staged generation must be caught up with comes while it is built.
        hooks.reprocess = async (task) => {
          if (task === 'Orders-shaky') await host.consume(world.delta(from + 4n, from + 9n));
        };
        await host.consume(world.delta(from, from + 4n));
        await host.whenApplied(from + 4n);
        faulty.arm({ failOn: call, after });
        const error = await reasonOf(host.reprocess({ source: { openSnapshot: () => old } }));
        await host.consume(world.delta(from + 4n));
        await settle(opened, world);
        await until(() => host.status().stores.every(({ discarding }) => discarding.length === 0 || fired));
        fired = faulty.failed.length > 0;
        const where = `${faulty.failed[0]?.name ?? 'none'} (call ${String(call)})`;
        faulty.arm();
        delete hooks.reprocess;
        await idle(opened);
        await expectWhole(opened, world, kind);
        if (error !== undefined) {
          expect([where, host.status().generation]).toEqual([where, generation]);
          expect([where, asFailure(error).code]).toMatchObject([
            where,
            expect.stringMatching(/STORE_FAILED|SWITCH_FAILED|TASK_FAILED|STORE_CORRUPT/),
          ]);
        }
        expect(host.status().waitingFor).toEqual([]);
      }
      await host.close();
      expect(openFiles()).toBe(filesBefore);
    },
  );
});

it('a store that fails again and again is rebuilt', async () => {
  const world = new OrdersWorld().churn(5);
  const faulty = faultyStore(adapterOf('level'));
  const opened = await openLive(world, { kind: 'level', stores: { main: faulty.adapter } });
  faulty.arm({ failOn: ({ name }) => name === 'apply' });
  world.churn(4);
  await opened.host.consume(world.delta(5n));
  let reason: string | undefined;
  opened.host.once('run:begin', (run) => {
    reason = run.reason;
    faulty.arm();
  });
  for (let second = 0; reason === undefined && second < 100; second++) {
    await opened.clock.advance(1000);
    await until(() => opened.clock.pending > 0 || reason !== undefined);
  }
  expect(reason).toBe('STORE_CORRUPT');
  await expectWhole(opened, world, 'level');
  expect(codesOf(opened.alerts)).toEqual([...Array<string>(5).fill('APPLY_FAILED'), 'STORE_CORRUPT']);
  expect(opened.alerts[5]?.message).toContain('must be rebuilt: Injected fault: apply');
  await idle(opened);
  expect(await opened.host.read((lease) => ordersIn(lease, 'level'))).toEqual(world.rows());
});
