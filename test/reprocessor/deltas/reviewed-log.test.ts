import { expect, it } from 'vitest';
import { failureOf, gate, reasonOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { expectWhole, idle, openLive, openOrders, sendRest } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

const CAPACITY = 65_536;
const VALUE_BYTES = 4000;

/** One more change, too large for the log to take many of. */
function grow(world: OrdersWorld): bigint {
  const after = world.sequence;
  world.set(`k${String(after % 5n)}`, `${String(after)}-`.padEnd(VALUE_BYTES, 'x'));
  return after;
}

it('what closes a gap gets into a full log without a source, and what comes behind it is refused', async () => {
  const world = new OrdersWorld();
  const opened = await openOrders({ kind: 'level', maxDeltaLogBytes: CAPACITY });
  const { host } = opened;
  await host.startEmpty(0n);
  world.churn(5);
  await sendRest(opened, world);
  await host.whenApplied(5n);
  world.churn(5);
  const behind: unknown[] = [];
  for (let taken = true; taken;) {
    const after = grow(world);
    const reason = await reasonOf(host.consume(world.delta(after)));
    if (reason !== undefined) behind.push(reason);
    taken = host.status().deltas.log.through === world.sequence;
  }
  // The first told of the gap and was kept; the last was not taken.
  expect(behind).toMatchObject([{ code: 'REPROCESS_SEQUENCE_GAP' }, { code: 'REPROCESS_SEQUENCE_GAP' }]);
  expect(host.status()).toMatchObject({ waitingFor: ['source', 'gap'], sequence: 5n });
  const held = host.status().deltas.log.through ?? 0n;
  await host.consume(world.delta(5n, 10n));
  await host.whenApplied(held);
  expect(host.position()?.sequence).toBe(held);
  await sendRest(opened, world);
  await expectWhole(opened, world, 'level');
  expect(host.status().waitingFor).toEqual([]);
});

it('a run that waits for a small lag ends when a gap keeps it from getting smaller', async () => {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, { kind: 'level' });
  const { host, clock } = opened;
  const failure = await failureOf(
    host.reprocess({
      switch: { lagUnder: 2n },
      source: {
        openSnapshot: async () => {
          const snapshot = world.snapshot();
          world.churn(15);
          await failureOf(host.consume(world.delta(20n)));
          return snapshot;
        },
      },
    }),
  );
  expect(failure.code).toBe('REPROCESS_SEQUENCE_GAP');
  while (host.status().sequence !== 25n) {
    await clock.advance(1000);
    await idle(opened);
  }
  await expectWhole(opened, world, 'level');
  expect(host.status().waitingFor).toEqual([]);
});

it('a run that the log’s bound ends in the middle says so, and its retry keeps its condition', async () => {
  const world = new OrdersWorld().churn(5);
  const held = gate();
  let holds = false;
  let holding = false;
  const opened = await openLive(world, {
    kind: 'level',
    maxDeltaLogBytes: CAPACITY,
    deltaLogPolicy: 'resnapshot',
    failPoint: async (name) => {
      if (name !== '2-processed' || !holds) return;
      holding = true;
      await held.opened;
    },
  });
  const { host, clock } = opened;
  const reasons: string[] = [];
  host.on('run:begin', ({ reason }) => reasons.push(reason));
  holds = true;
  const ended = failureOf(host.reprocess({ switch: 'manually' }));
  await until(() => holding);
  for (let bytes = 0; bytes < 3 * CAPACITY; bytes += VALUE_BYTES)
    await host.consume(world.delta(grow(world)));
  holds = false;
  held.open();
  expect((await ended).code).toBe('REPROCESS_DELTA_LOG_OVERFLOW');
  await until(() => host.status().retryAtMs !== undefined);
  while (!host.status().waitingFor.includes('switch')) {
    await clock.advance(1000);
    await until(() => host.status().run === undefined || host.status().waitingFor.includes('switch'));
    expect(host.status().generation).toBe(1);
  }
  expect(reasons[1]).toBe('DELTA_LOG_OVERFLOW');
  host.switchNow();
  await until(() => host.status().generation !== 1);
  await idle(opened);
  await expectWhole(opened, world, 'level');
});

it('a delta that is sent again while its first write fails is not acknowledged', async () => {
  const world = new OrdersWorld();
  const held = gate();
  let fails = false;
  let failing = false;
  const opened = await openOrders({
    kind: 'level',
    failPoint: async (name) => {
      if (name !== 'log:append' || !fails) return;
      fails = false;
      failing = true;
      await held.opened;
      throw new Error('Injected fault: EIO');
    },
  });
  const { host } = opened;
  await host.startEmpty(0n);
  world.churn(30);
  fails = true;
  const first = reasonOf(host.consume(world.delta(0n, 10n), { durable: false }));
  await until(() => failing);
  const behind = reasonOf(host.consume(world.delta(20n), { durable: false }));
  const again = reasonOf(host.consume(world.delta(0n, 10n)));
  expect(await first).toBeUndefined();
  held.open();
  expect(await again).toMatchObject({ code: 'REPROCESS_DELTA_LOG_FAILED' });
  expect(await behind).toMatchObject({
    code: expect.stringMatching(/DELTA_LOG_FAILED|SEQUENCE_GAP/) as string,
  });
  expect(host.position()?.sequence).toBe(0n);
  await sendRest(opened, world, 10n);
  await expectWhole(opened, world, 'level');
});
