import { describe, expect, it } from 'vitest';
import {
  copied,
  failureOf,
  fill,
  levelRows,
  openHost,
  ordersSource,
  reasonOf,
  rowsOf,
  temporaryFolder,
} from '../rows-host.ts';
import {
  adapterOf,
  codesOf,
  expectWhole,
  KINDS,
  openLive,
  ordersIn,
  sendRest,
  type OrdersHost,
} from '../deltas/orders-host.ts';
import type { Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { stops } from './stops.ts';

/** A live generation 2 at 20, and a retained generation 1 that the log cannot bring up: nobody sent what lies between. */
async function openWithoutWayBack(
  stop = stops(),
): Promise<{ world: OrdersWorld; opened: OrdersHost; stop: typeof stop }> {
  const world = new OrdersWorld().churn(10);
  const opened = await openLive(world, {
    kind: 'level',
    failPoint: stop.failPoint,
    retry: { maxRetries: 0 },
  });
  world.churn(10);
  await opened.host.reprocess();
  world.churn(2);
  await sendRest(opened, world);
  await opened.host.whenApplied(22n);
  return { world, opened, stop };
}

describe.each(KINDS)('rollbackTo of a %s store under a stream', (kind) => {
  it('loses no change, back and forth, whatever comes at each of its steps', async () => {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const opened = await openLive(world, { kind, failPoint: stop.failPoint });
    const { host } = opened;
    await host.reprocess();
    const sequences: bigint[] = [];
    const look = (): void => {
      sequences.push(host.status().sequence ?? -1n);
    };
    host.on('applied', look);
    host.on('phase', look);
    const steps = [
      '4-ready',
      '4-caught-up',
      '4-paused',
      '4-frozen',
      '5-intent',
      '6-committed',
      '7-outcome',
      '8-flipped',
    ];
    for (const [index, step] of steps.entries()) {
      world.churn(3);
      await sendRest(opened, world, 2n);
      stop.clear();
      stop.at(step, async () => {
        world.churn(2);
        await sendRest(opened, world);
      });
      await host.rollbackTo(index % 2 === 0 ? 1 : 2);
      expect([step, host.status().generation, host.status().waitingFor]).toEqual([step, (index % 2) + 1, []]);
      await expectWhole(opened, world, kind);
    }
    expect(sequences).toEqual([...sequences].sort((left, right) => Number(left - right)));
    expect(opened.alerts).toEqual([]);
  });

  it('leaves the live data as it was when a task fails in the catch-up', async () => {
    const world = new OrdersWorld().churn(10);
    const hooks: Hooks = {};
    const opened = await openLive(world, { kind, hooks });
    const { host } = opened;
    await host.reprocess();
    world.churn(5);
    await sendRest(opened, world);
    await host.whenApplied(15n);
    hooks.process = () => {
      throw new Error('not this way');
    };
    const failure = await failureOf(host.rollbackTo(1));
    expect(failure).toMatchObject({ code: 'REPROCESS_TASK_FAILED', details: { task: 'Orders-main' } });
    delete hooks.process;
    expect(host.status()).toMatchObject({
      state: 'FAILED',
      generation: 2,
      retained: [1],
      waitingFor: [],
      stores: [{ blocked: undefined, retained: [1], staged: undefined, discarding: [] }],
    });
    world.churn(4);
    await sendRest(opened, world);
    await expectWhole(opened, world, kind);
    await host.rollbackTo(1);
    await expectWhole(opened, world, kind);
    expect(host.status()).toMatchObject({ state: 'NONE', generation: 1, retained: [2] });
  });
});

describe('when the log cannot bring the older generation up', () => {
  it('going back is refused, and with `acceptLoss` goes on from where the log begins', async () => {
    const { world, opened } = await openWithoutWayBack();
    const { host, alerts } = opened;
    const failure = await failureOf(host.rollbackTo(1));
    expect([failure.code, failure.details]).toMatchObject([
      'REPROCESS_LOG_TRUNCATED',
      { store: 'main', generation: 1, sequence: 10n, liveSequence: 22n },
    ]);
    expect(host.status()).toMatchObject({ generation: 2, retained: [1], state: 'FAILED' });
    await expectWhole(opened, world, 'level');
    await host.rollbackTo(1, { acceptLoss: true });
    expect(codesOf(alerts)).toEqual(['CHANGES_LOST']);
    expect(alerts[0]?.message).toContain('from sequence 10 to 20');
    expect(host.status()).toMatchObject({ generation: 1, sequence: 22n, state: 'NONE', waitingFor: [] });
    world.churn(2);
    await sendRest(opened, world);
    await host.whenApplied(24n);
    await host.rollbackTo(2);
    await expectWhole(opened, world, 'level');
  });

  it.each(['4-caught-up', '4-frozen', '5-intent'])(
    'a loss that was accepted for a switch that failed at %s must be accepted again',
    async (step) => {
      const { world, opened, stop } = await openWithoutWayBack();
      const { host } = opened;
      stop.at(step, () => {
        throw new Error('not now');
      });
      expect(await reasonOf(host.rollbackTo(1, { acceptLoss: true }))).toBeDefined();
      stop.clear();
      expect((await failureOf(host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
      const reopened = await opened.reopen();
      expect((await failureOf(reopened.host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
      await expectWhole(reopened, world, 'level');
    },
  );

  it('a loss is not forgotten while another generation is live', async () => {
    const { world, opened } = await openWithoutWayBack();
    const { host } = opened;
    await host.rollbackTo(1, { acceptLoss: true });
    world.churn(2);
    await sendRest(opened, world);
    await host.rollbackTo(2);
    await expectWhole(opened, world, 'level');
    // Generation 1 still lacks what it lacked.
    expect((await failureOf(host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
    await expectWhole(opened, world, 'level');
  });

  it('because the source began another history, it is refused as well', async () => {
    const old = new OrdersWorld({ history: 'old' }).churn(30);
    const opened = await openLive(old, { kind: 'level', retry: { maxRetries: 0 } });
    const next = new OrdersWorld({ history: 'new' }).churn(4);
    await opened.host.reprocess({ source: next.source });
    next.churn(6);
    await sendRest(opened, next);
    await expectWhole(opened, next, 'level');
    expect((await failureOf(opened.host.rollbackTo(1))).code).toBe('REPROCESS_LOG_TRUNCATED');
    await expectWhole(opened, next, 'level');
    await opened.host.rollbackTo(1, { acceptLoss: true });
    expect(opened.host.status()).toMatchObject({ generation: 1, sequence: 30n });
    expect(await opened.host.read((lease) => ordersIn(lease, 'level'))).toEqual(old.rows());
    expect(opened.host.position()).toMatchObject({ sequence: 30n, history: 'old' });
    expect(codesOf(opened.alerts)).toEqual(['CHANGES_LOST']);
  });
});

it('a host without deltas goes back to what the older snapshot gave', async () => {
  const source = ordersSource(3, 'v1');
  const host = await openHost({ dataDir: temporaryFolder(), stores: { main: levelRows() }, source });
  await host.reprocess();
  fill(source, 3, 'v2');
  await host.reprocess();
  await host.rollbackTo(1);
  expect([await rowsOf(host), host.status().sequence]).toEqual([copied(3, 'v1'), 4n]);
  await host.rollbackTo(2);
  expect([await rowsOf(host), host.status().sequence]).toEqual([copied(3, 'v2'), 7n]);
});

it('takes part of the stores back where only these were rebuilt', async () => {
  const world = new OrdersWorld().churn(10);
  const stores = { one: adapterOf('level'), two: adapterOf('level') };
  const stop = stops();
  const opened = await openLive(world, { kind: 'level', stores, failPoint: stop.failPoint });
  const { host } = opened;
  await host.reprocess({ tasks: ['Orders-two'] });
  world.churn(6);
  await sendRest(opened, world);
  const commits: string[] = [];
  stop.at('commit:before:one', () => {
    commits.push('one');
  });
  stop.at('commit:before:two', () => {
    commits.push('two');
  });
  await host.rollbackTo(1);
  expect(commits).toEqual(['two']);
  expect(host.status().stores).toMatchObject([
    { store: 'one', live: 1, retained: [] },
    { store: 'two', live: 1, retained: [2] },
  ]);
  await expectWhole(opened, world, 'level');
});
