import { expect, it } from 'vitest';
import { failureOf } from '../rows-host.ts';
import { codesOf, expectWhole, openLive, ordersIn, sendRest, type Kind } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

const CAPACITY = 65_536;
const KEPT: readonly Kind[] = ['level', 'sqlite'];

it.each(KEPT)('a %s store is caught up before it goes back, whatever came meanwhile', async (kind) => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind });
  world.churn(10);
  await sendRest(opened, world);
  await opened.host.reprocess();
  world.churn(25);
  await sendRest(opened, world, 4n);
  await opened.host.rollbackTo(1);
  expect(opened.host.status().generation).toBe(1);
  await expectWhole(opened, world, kind);
  world.churn(7);
  await sendRest(opened, world, 4n);
  await opened.host.rollbackTo(2);
  await expectWhole(opened, world, kind);
  const reopened = await opened.reopen();
  world.churn(3);
  await sendRest(reopened, world, 4n);
  await reopened.host.rollbackTo(1);
  await expectWhole(reopened, world, kind);
  expect([...opened.alerts, ...reopened.alerts]).toEqual([]);
});

it('a hundred times the log’s capacity never blocks consume; the way back is lost, and told', async () => {
  const world = new OrdersWorld().set('kept', 'red');
  const opened = await openLive(world, { kind: 'level', maxDeltaLogBytes: CAPACITY, retainGenerations: 1 });
  const { host, alerts } = opened;
  await host.reprocess();
  const word = 'x'.repeat(16_000);
  let most = 0;
  for (let bytes = 0; bytes < 100 * CAPACITY; bytes += 32_000) {
    const after = world.sequence;
    world.set('a', `${word}${String(after)}`).set('a', `${word}${String(after)}b`);
    await host.consume(world.delta(after));
    most = Math.max(most, host.status().deltas.log.sizeBytes);
    await host.whenApplied(world.sequence);
  }
  expect(most).toBeLessThanOrEqual(CAPACITY + 70_000);
  expect(codesOf(alerts)).toEqual(['REPROCESS_LOG_TRUNCATED']);
  await expectWhole(opened, world, 'level');
  expect(host.status().retained).toEqual([1]);
  const failure = await failureOf(host.rollbackTo(1));
  expect([failure.code, failure.details]).toMatchObject([
    'REPROCESS_LOG_TRUNCATED',
    { generation: 1, sequence: 1n, liveSequence: world.sequence },
  ]);
  expect(host.status()).toMatchObject({ generation: 2, retained: [1] });
  await expectWhole(opened, world, 'level');

  const position = host.position();
  await host.rollbackTo(1, { acceptLoss: true });
  expect(codesOf(alerts)).toEqual(['REPROCESS_LOG_TRUNCATED', 'CHANGES_LOST']);
  expect(host.status()).toMatchObject({ generation: 1, retained: [2], sequence: world.sequence });
  expect(host.position()).toEqual(position);
  expect(await host.read((lease) => ordersIn(lease, 'level'))).toContain('kept=red');
  // A rebuild makes it whole again.
  await host.reprocess();
  await expectWhole(opened, world, 'level');
});

it('is kept after a rebuild whose snapshot was ahead of the deltas, when they are sent after all', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level' });
  world.churn(30);
  await opened.host.consume(world.delta(10n, 20n));
  await opened.host.reprocess();
  // A host that does not look at position() goes on where it was.
  await opened.host.consume(world.delta(20n, 35n));
  world.churn(5);
  await opened.host.consume(world.delta(35n, 45n));
  await opened.host.rollbackTo(1);
  await expectWhole(opened, world, 'level');
});

it('lost after a rebuild whose snapshot was ahead of the deltas, because they never came, is told', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level' });
  world.churn(30);
  await opened.host.reprocess();
  world.churn(5);
  await sendRest(opened, world);
  expect((await failureOf(opened.host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
  await opened.host.rollbackTo(1, { acceptLoss: true });
  expect(opened.host.position()).toMatchObject({ sequence: 45n, cursor: { at: 45 } });
  expect(opened.host.status().sequence).toBe(45n);
});

it('keeps the cursor when changes are lost up to a snapshot ahead of the log', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level' });
  world.churn(30);
  await opened.host.consume(world.delta(10n, 12n));
  await opened.host.reprocess();
  await opened.host.rollbackTo(1, { acceptLoss: true });
  expect(opened.host.position()).toEqual({ sequence: 40n, cursor: { at: 40 }, history: undefined });
  const reopened = await opened.reopen();
  expect(reopened.host.position()).toEqual({ sequence: 40n, cursor: { at: 40 }, history: undefined });
});
