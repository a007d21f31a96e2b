import { describe, expect, it } from 'vitest';
import type { SourceSnapshot } from '../../../src/index.ts';
import { levelRows } from '../rows-host.ts';
import { expectWhole, openLive, openOrders, sendRest } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

const heldSource = (snapshot: SourceSnapshot) => ({ openSnapshot: () => snapshot });

describe('position()', () => {
  it('is that of the last delta, also after reopening', async () => {
    const world = new OrdersWorld().churn(4);
    const opened = await openLive(world, { kind: 'level' });
    expect(opened.host.position()).toEqual({ sequence: 4n, cursor: { at: 4 }, history: undefined });
    world.churn(6);
    await opened.host.consume(world.delta(4n, 7n));
    expect(opened.host.position()).toEqual({ sequence: 7n, cursor: { at: 7 }, history: undefined });
    await opened.host.consume(world.delta(7n, 10n));
    const reopened = await opened.reopen();
    expect(reopened.host.position()).toEqual({ sequence: 10n, cursor: { at: 10 }, history: undefined });
    await expectWhole(reopened, world, 'level');
    const again = await reopened.reopen();
    expect(again.host.position()).toEqual({ sequence: 10n, cursor: { at: 10 }, history: undefined });
  });

  it('stays when the log forgets what all have', async () => {
    const world = new OrdersWorld();
    const opened = await openLive(world, { kind: 'level', retainGenerations: 0, maxDeltaLogBytes: 65_536 });
    for (let round = 0; round < 12; round++) {
      const after = world.sequence;
      world.set('a', String(round).repeat(9000));
      await opened.host.consume(world.delta(after));
      await opened.host.whenApplied(world.sequence);
    }
    await sendRest(opened, world);
    const reopened = await opened.reopen();
    expect(reopened.host.position()).toEqual({ sequence: 12n, cursor: { at: 12 }, history: undefined });
    expect(reopened.host.status().deltas.log.sizeBytes).toBeLessThan(65_536);
    await expectWhole(reopened, world, 'level');
  });

  it('is that of a snapshot ahead of the log, with its cursor', async () => {
    const world = new OrdersWorld().churn(4);
    const opened = await openLive(world, { kind: 'level' });
    world.churn(6);
    await opened.host.consume(world.delta(4n, 6n));
    await opened.host.reprocess();
    expect(opened.host.position()).toEqual({ sequence: 10n, cursor: { at: 10 }, history: undefined });
    const reopened = await opened.reopen();
    expect(reopened.host.position()).toEqual({ sequence: 10n, cursor: { at: 10 }, history: undefined });
    world.churn(5);
    await sendRest(reopened, world, 2n);
    await expectWhole(reopened, world, 'level');
    expect(reopened.alerts).toEqual([]);
  });

  it('is that of the store that has least, when one was rebuilt alone', async () => {
    const world = new OrdersWorld().churn(4);
    const stores = { ahead: levelRows(), behind: levelRows() };
    const opened = await openLive(world, { kind: 'level', stores });
    world.churn(8);
    await opened.host.consume(world.delta(4n, 8n));
    await opened.host.reprocess({ tasks: ['Orders-ahead'] });
    expect(opened.host.position()).toEqual({ sequence: 8n, cursor: { at: 8 }, history: undefined });
    const reopened = await opened.reopen();
    expect(reopened.host.position()).toEqual({ sequence: 8n, cursor: { at: 8 }, history: undefined });
    await sendRest(reopened, world, 3n);
    await expectWhole(reopened, world, 'level');
    expect(reopened.host.position()).toMatchObject({ sequence: 12n, cursor: { at: 12 } });
    expect(reopened.alerts).toEqual([]);
  });

  it('gives a cursor to send on from while changes are missing, also before the stores have caught up', async () => {
    const world = new OrdersWorld().churn(4);
    const opened = await openLive(world, { kind: 'level', source: undefined });
    world.churn(12);
    await opened.host.consume(world.delta(4n, 8n));
    await opened.host.consume(world.delta(12n, 16n)).catch(() => undefined);
    const position = opened.host.position();
    expect(position?.cursor).toEqual({ at: Number(position?.sequence) });
    await opened.host.whenApplied(8n);
    expect(opened.host.position()).toEqual({ sequence: 8n, cursor: { at: 8 }, history: undefined });
    const reopened = await opened.reopen();
    expect(reopened.host.position()).toEqual({ sequence: 8n, cursor: { at: 8 }, history: undefined });
  });

  it('is unknown before anything was taken', async () => {
    const { host } = await openOrders();
    expect(host.position()).toBeUndefined();
  });

  it('keeps what the codec keeps', async () => {
    const { host } = await openOrders();
    await host.startEmpty(5n, { cursor: new Map([['offset', 7n]]) });
    expect(host.position()).toEqual({ sequence: 5n, cursor: new Map([['offset', 7n]]), history: undefined });
    const cursor = { at: new Date(5), bytes: Buffer.from('x'), parts: new Map([[1, 2n]]) };
    await host.consume({ after: 5n, through: 6n, events: [], cursor });
    expect(host.position()?.cursor).toMatchObject({ at: new Date(5), parts: new Map([[1, 2n]]) });
  });
});

describe('an older snapshot than the log', () => {
  it('is caught up, and the position stays that of the log', async () => {
    const world = new OrdersWorld().churn(4);
    const opened = await openLive(world, { kind: 'level' });
    world.churn(4);
    const old = world.snapshot();
    world.churn(12);
    await opened.host.consume(world.delta(4n, 20n));
    await opened.host.reprocess({ source: heldSource(old) });
    expect(opened.host.position()).toEqual({ sequence: 20n, cursor: { at: 20 }, history: undefined });
    await expectWhole(opened, world, 'level');
  });
});
