import { describe, expect, it } from 'vitest';
import { FAIL_POINTS } from '../../../src/index.ts';
import { asFailure, gate, reasonOf } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import { codesOf, expectWhole, KINDS, openLive, sendRest, type Kind } from './orders-host.ts';
import type { Hooks } from './orders-task.ts';
import { OrdersWorld } from './orders-world.ts';

const DURABLE: readonly Kind[] = ['level', 'sqlite'];
const ENDED = /REPROCESS_(CLOSED|ABORTED)/;

/** What ended a call that a close overtook; it must be told as such. */
async function expectEnded(calls: readonly Promise<unknown>[]): Promise<void> {
  for (const reason of await Promise.all(calls.map(reasonOf))) {
    if (reason !== undefined) expect(asFailure(reason).code).toMatch(ENDED);
  }
}

describe.each(KINDS)('a host of a %s store that is closed while deltas are on their way', (kind) => {
  it.each([0, 1, 2, 5, 10, 30])(
    'leaves nothing behind after %i turns, and goes on when reopened',
    async (turns) => {
      const filesBefore = openFiles();
      const world = new OrdersWorld().churn(5);
      const opened = await openLive(world, { kind });
      const { host, alerts, clock } = opened;
      world.churn(60);
      const calls: Promise<unknown>[] = [];
      for (let after = 5n; after < 65n; after += 5n) {
        calls.push(host.consume(world.delta(after, after + 5n), { durable: after % 2n > 0n }));
      }
      calls.push(host.whenApplied(65n), host.reprocess());
      const ended = expectEnded(calls);
      for (let turn = 0; turn < turns; turn++) await new Promise((resolve) => setImmediate(resolve));
      await host.close();
      await ended;
      expect(codesOf(alerts)).toEqual([]);
      expect([clock.pending, openFiles()]).toEqual([0, filesBefore]);
      if (kind === 'memory') return;
      const reopened = await opened.reopen();
      await sendRest(reopened, world, 7n);
      await expectWhole(reopened, world, kind);
      expect(reopened.host.status().waitingFor).toEqual([]);
    },
  );
});

const STEPS = FAIL_POINTS.filter((name) => /^(0|1|2|3|4|5|6|7|8|9)-|^log:|^apply:/.test(name));

describe.each(DURABLE)('a host of a %s store that is closed', (kind) => {
  it.each(STEPS)('at %s leaves nothing behind, and goes on when reopened', async (step) => {
    const filesBefore = openFiles();
    const world = new OrdersWorld().churn(5);
    const reached = gate();
    const held = gate();
    let isArmed = false;
    const opened = await openLive(world, {
      kind,
      failPoint: async (name) => {
        if (!isArmed || (name !== step && !name.startsWith(`${step}:`))) return;
        isArmed = false;
        reached.open();
        await held.opened;
      },
    });
    const { host, alerts, clock } = opened;
    world.churn(4);
    await sendRest(opened, world);
    await host.whenApplied(world.sequence);
    const old = world.snapshot();
    world.churn(20);
    isArmed = true;
    const calls: Promise<unknown>[] = [host.reprocess({ source: { openSnapshot: () => old } })];
    for (let after = 9n; after < 29n; after += 5n) calls.push(host.consume(world.delta(after, after + 5n)));
    const ended = expectEnded(calls);
    // Steps that this run does not come by: it ends.
    await Promise.race([reached.opened, ended]);
    const closing = host.close();
    await new Promise((resolve) => setImmediate(resolve));
    held.open();
    await closing;
    await ended;
    expect([clock.pending, openFiles(), codesOf(alerts)]).toEqual([0, filesBefore, []]);
    const reopened = await opened.reopen({ failPoint: () => undefined });
    await sendRest(reopened, world, 3n);
    await expectWhole(reopened, world, kind);
    expect(reopened.host.status().waitingFor).toEqual([]);
  });
});

describe('close()', () => {
  it('does not wait for a task that hangs in a delta, nor for a run that waits for it', async () => {
    const world = new OrdersWorld().churn(5);
    const entered = gate();
    const hooks: Hooks = {
      process: async () => {
        entered.open();
        await new Promise(() => undefined);
      },
    };
    const opened = await openLive(world, { kind: 'level', hooks });
    const { host, clock } = opened;
    world.churn(5);
    await sendRest(opened, world, 5n);
    await entered.opened;
    const running = expectEnded([host.reprocess()]);
    await until(() => host.status().waitingFor.includes('freeze'));
    await host.close();
    await running;
    expect(clock.pending).toBe(0);
    const reopened = await opened.reopen({ hooks: {} });
    await expectWhole(reopened, world, 'level');
  });

  it('ends the wait for room in a full log', async () => {
    const world = new OrdersWorld().churn(5);
    const hooks: Hooks = {};
    const opened = await openLive(world, {
      kind: 'level',
      hooks,
      maxDeltaLogBytes: 65_536,
      retainGenerations: 0,
    });
    hooks.reprocess = () => new Promise(() => undefined);
    const calls: Promise<unknown>[] = [opened.host.reprocess()];
    await until(() => opened.host.status().state === 'PROCESSING');
    for (let round = 0; round < 20; round++) {
      const after = world.sequence;
      world.set('a', String(round).padEnd(9000, 'x'));
      calls.push(opened.host.consume(world.delta(after)));
    }
    const ended = expectEnded(calls);
    await until(() => opened.host.status().waitingFor.includes('log-room'));
    await opened.host.close();
    await ended;
    expect(await reasonOf(opened.host.consume(world.delta(0n)))).toMatchObject({ code: 'REPROCESS_CLOSED' });
    const reopened = await opened.reopen({ hooks: {} });
    await sendRest(reopened, world);
    await expectWhole(reopened, world, 'level');
  });
});

describe('a task of the live data that hangs in a delta', () => {
  async function openHanging() {
    const world = new OrdersWorld().churn(5);
    const entered = gate();
    const held = gate();
    const hooks: Hooks = {
      process: async () => {
        entered.open();
        await held.opened;
      },
    };
    const opened = await openLive(world, { kind: 'level', hooks });
    world.churn(5);
    await sendRest(opened, world, 5n);
    await entered.opened;
    return { world, opened, held };
  }

  it('keeps no run from an abort', async () => {
    const { world, opened, held } = await openHanging();
    const { host } = opened;
    const abort = new AbortController();
    const running = reasonOf(host.reprocess({ signal: abort.signal }));
    await until(() => host.status().waitingFor.includes('freeze'));
    abort.abort();
    expect(await running).toMatchObject({ code: 'REPROCESS_ABORTED' });
    held.open();
    await expectWhole(opened, world, 'level');
    expect(host.status().waitingFor).toEqual([]);
  });

  it('does not keep out the rebuild: past the time of the freeze what it has not committed is taken from it', async () => {
    const { world, opened, held } = await openHanging();
    const { host, clock, alerts } = opened;
    const running = host.reprocess();
    await until(() => host.status().waitingFor.includes('freeze'));
    await clock.advance(5000);
    expect((await running).outcome).toBe('switched');
    held.open();
    await expectWhole(opened, world, 'level');
    expect(codesOf(alerts)).toEqual([]);
  });
});
