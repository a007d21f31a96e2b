import { describe, expect, it } from 'vitest';
import { faultyStore, type FaultyStore } from '../../../src/testing/index.ts';
import { asFailure, reasonOf } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import {
  adapterOf,
  codesOf,
  expectWhole,
  KINDS,
  openLive,
  sendRest,
  type Kind,
  type OrdersHost,
} from '../deltas/orders-host.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { stops, type Stops } from './stops.ts';

interface Shaky {
  readonly world: OrdersWorld;
  readonly opened: OrdersHost;
  readonly faulty: FaultyStore<unknown, object>;
  readonly stop: Stops;
}

async function openShaky(kind: Kind): Promise<Shaky> {
  const world = new OrdersWorld().churn(8);
  const faulty = faultyStore(adapterOf(kind));
  const stop = stops();
  const opened = await openLive(world, {
    kind,
    stores: { shaky: faulty.adapter, steady: adapterOf(kind) },
    failPoint: stop.failPoint,
    retry: { maxRetries: 0 },
  });
  return { world, opened, faulty, stop };
}

/** Moves the clock on until the live data has everything: what failed to be applied is tried again after a while. */
async function applied({ host, clock }: OrdersHost, world: OrdersWorld): Promise<void> {
  const end = host.whenApplied(world.sequence).then(() => 'applied');
  while ((await Promise.race([end, clock.advance(1000)])) === undefined);
}

/** Resolves when nothing waits to be deleted, or when that has failed. */
async function swept({ host, alerts }: OrdersHost): Promise<void> {
  await until(
    () =>
      codesOf(alerts).includes('DISCARD_FAILED') ||
      host.status().stores.every(({ discarding }) => discarding.length === 0),
  );
}

const CODES = expect.stringMatching(/STORE_FAILED|SWITCH_FAILED|TASK_FAILED/) as unknown;

describe.each(KINDS)('a %s store that fails in call 0, 1, 2 …', (kind) => {
  it.each([false, true])(
    'of rollbackTo with its catch-up keeps the data and the way back (after the call: %s)',
    async (after) => {
      const filesAtFirst = openFiles();
      const { world, opened, faulty, stop } = await openShaky(kind);
      const { host, alerts } = opened;
      await host.reprocess();
      let fired = true;
      for (let call = 0; fired; call++) {
        const { generation, retained } = host.status();
        const back = retained[0] ?? 0;
        world.churn(4);
        await sendRest(opened, world, 4n);
        await host.whenApplied(world.sequence);
        // Some of it is left to the freeze; what the live store does meanwhile is not what is tested here.
        let fault: string | undefined;
        stop.at('4-caught-up', async () => {
          const { length } = faulty.calls;
          fault = faulty.failed[0]?.name;
          faulty.arm();
          world.churn(3);
          await sendRest(opened, world, 3n);
          await host.whenApplied(world.sequence);
          if (fault === undefined) faulty.arm({ failOn: call - length, after });
        });
        alerts.length = 0;
        faulty.arm({ failOn: call, after });
        const error = await reasonOf(host.rollbackTo(back));
        fault ??= faulty.failed[0]?.name;
        fired = fault !== undefined;
        const where = `${fault ?? 'none'} (call ${String(call)})`;
        faulty.arm();
        stop.clear();
        await applied(opened, world);
        await expectWhole(opened, world, kind);
        expect([where, host.status().waitingFor]).toEqual([where, []]);
        if (error === undefined) {
          expect([where, host.status().generation]).toEqual([where, back]);
          continue;
        }
        expect([where, asFailure(error).code]).toEqual([where, CODES]);
        expect([where, host.status().generation, host.status().retained]).toEqual([
          where,
          generation,
          retained,
        ]);
        await host.rollbackTo(back);
        await expectWhole(opened, world, kind);
      }
      await host.close();
      expect(openFiles()).toBe(filesAtFirst);
    },
  );

  it.each([false, true])('of a shadow run costs the look only (after the call: %s)', async (after) => {
    const filesAtFirst = openFiles();
    const { world, opened, faulty } = await openShaky(kind);
    const { host, alerts } = opened;
    let fired = true;
    for (let call = 0; fired; call++) {
      const old = world.snapshot();
      world.churn(3);
      await sendRest(opened, world, 3n);
      await host.whenApplied(world.sequence);
      alerts.length = 0;
      faulty.arm({ failOn: call, after });
      const error = await reasonOf(host.reprocess({ shadow: true, source: { openSnapshot: () => old } }));
      await swept(opened);
      fired = faulty.failed.length > 0;
      const where = `${faulty.failed[0]?.name ?? 'none'} (call ${String(call)})`;
      faulty.arm();
      await expectWhole(opened, world, kind);
      const { generation, waitingFor, state, stores } = host.status();
      expect([where, generation, waitingFor, stores[0]?.staged]).toEqual([where, 1, [], undefined]);
      expect([where, state]).toEqual([where, error === undefined ? 'NONE' : 'FAILED']);
      // A task whose read failed is tried once more by itself; everything else is told.
      const isTold = alerts.length > 0 || where.startsWith('open.getMany');
      if (error === undefined) expect([where, isTold]).toEqual([where, fired]);
      else expect([where, asFailure(error).code]).toEqual([where, CODES]);
    }
    expect((await host.reprocess({ shadow: true })).outcome).toBe('compared');
    await swept(opened);
    expect(host.status().stores).toMatchObject([{ discarding: [] }, { discarding: [] }]);
    await host.close();
    expect(openFiles()).toBe(filesAtFirst);
  });
});
