import { describe, expect, it } from 'vitest';
import { asFailure, failureOf, reasonOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import { codesOf, expectWhole, idle, KINDS, openLive, sendRest } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

/** A fail-point that throws where, and as often as, the test says. */
function faults() {
  const plan = { name: '', times: 0, fired: 0 };
  const failPoint = (name: string): void => {
    if (name !== plan.name || plan.fired >= plan.times) return;
    plan.fired += 1;
    throw new Error(`Injected fault: ${name}`);
  };
  return {
    plan,
    failPoint,
    arm: (name: string, times = 1) => Object.assign(plan, { name, times, fired: 0 }),
  };
}

describe.each(KINDS)('the log of a host of a %s store', (kind) => {
  it.each(['log:append', 'log:appended'])(
    'that fails at %s rejects consume, and takes it when sent again',
    async (at) => {
      const world = new OrdersWorld().churn(5);
      const { arm, failPoint } = faults();
      const opened = await openLive(world, { kind, failPoint });
      const { host } = opened;
      world.churn(15);
      await host.consume(world.delta(5n, 8n));
      arm(at);
      const failure = await failureOf(host.consume(world.delta(8n, 12n)));
      expect(failure.code).toBe('REPROCESS_DELTA_LOG_FAILED');
      expect(codesOf(opened.alerts)).toEqual(['REPROCESS_DELTA_LOG_FAILED']);
      // What was there already is no failure, although nothing was written since.
      await host.consume(world.delta(5n, 8n));
      await sendRest(opened, world, 4n);
      await expectWhole(opened, world, kind);
      expect(host.status().generation).toBe(1);
    },
  );

  it('that fails under many at once loses none that is sent again, and keeps no other', async () => {
    const world = new OrdersWorld();
    const { arm, failPoint, plan } = faults();
    const opened = await openLive(world, { kind, failPoint, source: undefined });
    const { host } = opened;
    for (let round = 0; round < 5; round++) {
      const from = world.sequence;
      world.churn(20);
      arm('log:append', 1 + (round % 2));
      const sent = Array.from({ length: 10 }, (_, index) => {
        const after = from + BigInt(2 * index);
        return reasonOf(host.consume(world.delta(after, after + 2n), { durable: index % 3 > 0 }));
      });
      const failed = (await Promise.all(sent)).filter((reason) => reason !== undefined);
      expect(plan.fired).toBeGreaterThan(0);
      for (const reason of failed) {
        expect(asFailure(reason).code).toMatch(/DELTA_LOG_FAILED|SEQUENCE_GAP/);
      }
      arm('', 0);
      await sendRest(opened, world, 3n);
      await expectWhole(opened, world, kind);
    }
    expect(host.status().waitingFor).toEqual([]);
  });
});

it('what was accepted and could not be logged is an alert, and comes from position()', async () => {
  const world = new OrdersWorld().churn(5);
  const { arm, failPoint } = faults();
  const opened = await openLive(world, { kind: 'level', failPoint });
  world.churn(5);
  arm('log:append');
  await opened.host.consume(world.delta(5n), { durable: false });
  await until(() => opened.alerts.length > 0);
  expect(codesOf(opened.alerts)).toEqual(['REPROCESS_DELTA_LOG_FAILED']);
  expect(opened.host.position()).toMatchObject({ sequence: 5n, cursor: { at: 5 } });
  await sendRest(opened, world);
  await expectWhole(opened, world, 'level');
});

it('a log that cannot be trimmed is an alert, and goes on', async () => {
  const world = new OrdersWorld();
  const { arm, failPoint } = faults();
  const opened = await openLive(world, {
    kind: 'level',
    failPoint,
    maxDeltaLogBytes: 65_536,
    retainGenerations: 0,
  });
  arm('log:trimmed', 1);
  for (let round = 0; round < 12; round++) {
    const after = world.sequence;
    world.set('a', String(round).padEnd(9000, 'x'));
    await opened.host.consume(world.delta(after));
    await opened.host.whenApplied(world.sequence);
  }
  await until(() => opened.alerts.length > 0);
  expect(codesOf(opened.alerts)).toEqual(['LOG_TRIM_FAILED']);
  await expectWhole(opened, world, 'level');
});

describe.each(KINDS)('a %s store whose source begins another history', (kind) => {
  it('is switched to it although the old log cannot be dropped at once', async () => {
    const old = new OrdersWorld({ history: 'old' });
    const { arm, failPoint } = faults();
    const opened = await openLive(old, { kind, failPoint, source: undefined });
    const { host } = opened;
    old.churn(40);
    await sendRest(opened, old, 10n);
    const next = new OrdersWorld({ history: 'new' }).churn(10);
    arm('log:append');
    const report = await host.reprocess({ source: next.source });
    expect(report.outcome).toBe('switched');
    expect(host.status()).toMatchObject({ generation: 2, sequence: 10n, state: 'NONE' });
    // Its sequences lie within those of the old log, where they would be taken for known.
    next.churn(10);
    await sendRest(opened, next, 5n);
    await expectWhole(opened, next, kind);
    expect(host.status().waitingFor).toEqual([]);
  });

  it('takes deltas of it from the flip on, also while tasks are told of the switch', async () => {
    const old = new OrdersWorld({ history: 'old' });
    const told: { onFlip?: () => Promise<void> } = {};
    const opened = await openLive(old, {
      kind,
      source: undefined,
      failPoint: async (name) => {
        if (name === '8-flipped') await told.onFlip?.();
      },
    });
    old.churn(40);
    await sendRest(opened, old, 10n);
    await opened.host.whenApplied(40n);
    const next = new OrdersWorld({ history: 'new' }).churn(10);
    const snapshot = next.snapshot();
    next.churn(50);
    told.onFlip = async () => {
      await opened.host.consume({ ...next.delta(10n, 20n), history: 'new' });
      await opened.host.consume(next.delta(20n, 60n));
    };
    await opened.host.reprocess({ source: { openSnapshot: () => snapshot } });
    await idle(opened);
    await expectWhole(opened, next, kind);
    expect(opened.host.status().waitingFor).toEqual([]);
    expect(opened.host.position()).toMatchObject({ sequence: 60n, cursor: { at: 60 }, history: 'new' });
  });
});
