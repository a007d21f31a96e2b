import { describe, expect, it } from 'vitest';
import { failureOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { adapterOf, expectWhole, KINDS, openLive, sendRest, type Kind } from '../deltas/orders-host.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { lyingStore } from './lying-store.ts';
import { stops } from './stops.ts';

async function openLying(kind: Kind, world: OrdersWorld) {
  const lying = lyingStore(adapterOf(kind));
  const stop = stops();
  const stores = { main: lying.adapter };
  const opened = await openLive(world, { kind, stores, failPoint: stop.failPoint, retry: { maxRetries: 0 } });
  return { ...opened, opened, lying, stop };
}

describe.each(KINDS)('a %s store that loses a row while it is not live yet', (kind) => {
  it('does not become live: it is counted after the catch-up', async () => {
    const world = new OrdersWorld().churn(10);
    const { opened, host, lying } = await openLying(kind, world);
    const old = world.snapshot();
    world.set('new', 'red').set('newer', 'blue').churn(6);
    await sendRest(opened, world, 20n);
    await host.whenApplied(world.sequence);
    lying.loses = (generation, table, index) => generation === 2 && table === 'rows' && index === 0;
    const failure = await failureOf(host.reprocess({ source: { openSnapshot: () => old } }));
    expect([failure.code, failure.details]).toMatchObject([
      'REPROCESS_VERIFY_FAILED',
      { store: 'main', table: 'rows' },
    ]);
    lying.loses = undefined;
    expect(host.status()).toMatchObject({ generation: 1, stores: [{ staged: undefined }] });
    await expectWhole(opened, world, kind);
    await host.reprocess();
    await expectWhole(opened, world, kind);
  });

  it.each(['rows', 'extra'])(
    'does not become live: what the freeze wrote into %s is read back',
    async (wrong) => {
      const world = new OrdersWorld().churn(10);
      const { opened, host, lying, stop } = await openLying(kind, world);
      stop.at('4-caught-up', async () => {
        // Overwrites alone: no count could tell.
        world.set('o1', 'blue').set('o2', 'blue');
        await sendRest(opened, world);
        await host.whenApplied(world.sequence);
        lying.loses = (generation, table) => generation === 2 && table === wrong;
      });
      const failure = await failureOf(host.reprocess());
      expect([failure.code, failure.details]).toMatchObject([
        'REPROCESS_VERIFY_FAILED',
        { store: 'main', table: wrong },
      ]);
      expect(host.status()).toMatchObject({ generation: 1, waitingFor: [] });
      lying.loses = undefined;
      stop.clear();
      world.churn(5);
      await sendRest(opened, world);
      await expectWhole(opened, world, kind);
    },
  );

  it('does not become live: it is counted after its switch was held back', async () => {
    const world = new OrdersWorld().churn(10);
    const { opened, host, lying } = await openLying(kind, world);
    const run = failureOf(host.reprocess({ switch: 'manually' }));
    await until(() => host.status().waitingFor.includes('switch'));
    lying.loses = (generation, table) => generation === 2 && table === 'rows';
    world.set('new', 'red');
    await sendRest(opened, world);
    const look = await host.acquire({ generation: 'staged', atLeast: world.sequence });
    look.release();
    host.switchNow();
    expect(await run).toMatchObject({ code: 'REPROCESS_VERIFY_FAILED', details: { table: 'rows' } });
    lying.loses = undefined;
    await expectWhole(opened, world, kind);
    expect(host.status()).toMatchObject({ generation: 1, stores: [{ staged: undefined }] });
  });

  it('is not gone back to, and stays retained', async () => {
    const world = new OrdersWorld().churn(10);
    const { opened, host, lying } = await openLying(kind, world);
    await host.reprocess();
    world.set('new', 'red').set('newer', 'blue');
    await sendRest(opened, world);
    await host.whenApplied(world.sequence);
    lying.loses = (generation, table, index) => generation === 1 && table === 'rows' && index === 0;
    expect(await failureOf(host.rollbackTo(1))).toMatchObject({ code: 'REPROCESS_VERIFY_FAILED' });
    lying.loses = undefined;
    // What was lost stays lost: it is counted before the catch-up, too.
    expect(await failureOf(host.rollbackTo(1))).toMatchObject({ code: 'REPROCESS_VERIFY_FAILED' });
    expect(host.status()).toMatchObject({ generation: 2, retained: [1], waitingFor: [] });
    await expectWhole(opened, world, kind);
  });
});
