import { describe, expect, it } from 'vitest';
import type { StagedReprocessor } from '../../../src/index.ts';
import { failureOf, gate, reasonOf, reportOf } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import {
  adapterOf,
  codesOf,
  expectWhole,
  KINDS,
  openLive,
  sendRest,
  type Kind,
} from '../deltas/orders-host.ts';
import type { Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { lyingStore } from './lying-store.ts';
import { stops } from './stops.ts';

const TIMEOUT_MS = 5000;

/** A run whose freeze finds something to catch up with: the live data is at 11, the staged data at 10. */
async function openBehind(kind: Kind, hooks: Hooks, stores = { main: adapterOf(kind) }) {
  const world = new OrdersWorld().churn(10);
  const stop = stops();
  const opened = await openLive(world, {
    kind,
    hooks,
    stores,
    failPoint: stop.failPoint,
    freezeTimeoutMs: TIMEOUT_MS,
    // No timer but those of the freeze.
    leaseTimeoutMs: 0,
    retry: { maxRetries: 0 },
  });
  const freezes: (readonly [number, boolean])[] = [];
  opened.host.on('freeze:end', ({ attempt, frozen }) => freezes.push([attempt, frozen]));
  stop.at('4-caught-up', async () => {
    world.set('late', 'red');
    await sendRest(opened, world);
    await opened.host.whenApplied(11n);
  });
  return { world, stop, opened, host: opened.host, clock: opened.clock, freezes };
}

/** Holds whatever is behind the live data at its next change, until the gate is opened. */
function holdStaged() {
  const reached = gate();
  const pass = gate();
  const signals: AbortSignal[] = [];
  const hooks: Hooks = {};
  const begin = (host: StagedReprocessor): void => {
    hooks.process = async ({ after }, { signal }) => {
      if (after >= (host.status().sequence ?? 0n)) return;
      signals.push(signal);
      reached.open();
      await pass.opened;
    };
  };
  return { hooks, begin, reached: reached.opened, pass, signals };
}

describe.each(KINDS)('while a %s store is frozen', (kind) => {
  it('deltas are logged and not applied, and reads go on', async () => {
    const { world, stop, opened, host, freezes } = await openBehind(kind, {});
    const frozen = stop.hold('4-frozen');
    const run = host.reprocess();
    await frozen.reached;
    const before = new OrdersWorld().churn(10).set('late', 'red');
    world.churn(7);
    await sendRest(opened, world);
    expect(host.status()).toMatchObject({ waitingFor: ['freeze'], sequence: 11n, lag: 7n, generation: 1 });
    expect(host.position()?.sequence).toBe(18n);
    await expectWhole(opened, before, kind);
    frozen.pass.open();
    await run;
    await expectWhole(opened, world, kind);
    expect(freezes).toEqual([[1, true]]);
    expect(host.status()).toMatchObject({ waitingFor: [], lag: 0n, generation: 2 });
    expect(opened.alerts).toEqual([]);
  });

  it('past its time it is put off, the live data goes on, and it is tried again', async () => {
    const held = holdStaged();
    const { world, opened, host, clock, freezes } = await openBehind(kind, held.hooks);
    held.begin(host);
    const run = host.reprocess();
    await held.reached;
    world.churn(3);
    await sendRest(opened, world);
    await clock.advance(TIMEOUT_MS - 1);
    expect([host.status().sequence, host.status().waitingFor, freezes]).toEqual([11n, ['freeze'], []]);
    await clock.advance(1);
    await until(() => freezes.length > 0);
    // The staged data is still held, by the catch-up outside of the freeze.
    await host.whenApplied(14n);
    await until(() => held.signals.length === 2);
    expect(held.signals.map(({ aborted }) => aborted)).toEqual([true, false]);
    expect(host.status()).toMatchObject({ generation: 1, waitingFor: [] });
    held.pass.open();
    expect((await run).outcome).toBe('switched');
    expect(freezes).toEqual([
      [1, false],
      [2, true],
    ]);
    expect(clock.pending).toBe(0);
    await expectWhole(opened, world, kind);
    expect(opened.alerts).toEqual([]);
  });

  it.each(['abort', 'close'] as const)('%s ends the run, and nothing is lost', async (how) => {
    const filesAtFirst = openFiles();
    const held = holdStaged();
    const { world, opened, host, clock } = await openBehind(kind, held.hooks);
    held.begin(host);
    const stopping = new AbortController();
    const run = reasonOf(host.reprocess({ signal: stopping.signal }));
    await held.reached;
    world.churn(4);
    await sendRest(opened, world);
    if (how === 'abort') stopping.abort();
    else await host.close();
    expect(await run).toMatchObject({
      code: 'REPROCESS_ABORTED',
      details: { report: { outcome: 'aborted' } },
    });
    expect(held.signals[0]?.aborted).toBe(true);
    held.pass.open();
    if (how === 'abort') {
      expect(host.status()).toMatchObject({ state: 'NONE', waitingFor: [], generation: 1 });
      await expectWhole(opened, world, kind);
      expect(clock.pending).toBe(0);
      await host.reprocess();
      await expectWhole(opened, world, kind);
    }
    await host.close();
    expect(openFiles()).toBe(filesAtFirst);
    if (kind === 'memory') return;
    const reopened = await opened.reopen({ source: undefined });
    await expectWhole(reopened, world, kind);
    expect(reopened.host.status().stores).toMatchObject([{ staged: undefined, discarding: [] }]);
  });
});

it('is told after each third freeze that came to nothing', async () => {
  const hooks: Hooks = {};
  const { world, opened, host, clock, freezes } = await openBehind('level', hooks);
  const told: number[] = [];
  host.on('freeze:begin', () => told.push(opened.alerts.length));
  hooks.process = async ({ after }) => {
    const { sequence = 0n, waitingFor } = host.status();
    if (after >= sequence || freezes.length === 6) return;
    if (!waitingFor.includes('freeze')) {
      // The live data is ahead again when the next freeze begins.
      world.churn(1);
      await sendRest(opened, world);
      await host.whenApplied(world.sequence);
      return;
    }
    void clock.advance(TIMEOUT_MS);
    await new Promise(() => undefined);
  };
  expect((await host.reprocess()).outcome).toBe('switched');
  expect(freezes).toEqual([...[1, 2, 3, 4, 5, 6].map((attempt) => [attempt, false]), [7, true]]);
  expect(told).toEqual([0, 0, 0, 1, 1, 1, 2]);
  expect(codesOf(opened.alerts)).toEqual(['FREEZE_TIMEOUT', 'FREEZE_TIMEOUT']);
  expect(opened.alerts[1]?.message).toContain('6 times');
  expect(clock.pending).toBe(0);
  await expectWhole(opened, world, 'level');
});

it('does not wait for a task of the live data that hangs: it begins anew on the new data', async () => {
  const world = new OrdersWorld().churn(10);
  const held = gate();
  let isFirst = true;
  const hooks: Hooks = {
    process: async () => {
      if (!isFirst) return;
      isFirst = false;
      held.open();
      await new Promise(() => undefined);
    },
  };
  const opened = await openLive(world, { kind: 'level', hooks, freezeTimeoutMs: TIMEOUT_MS });
  const { host, clock } = opened;
  world.churn(5);
  await sendRest(opened, world, 5n);
  await held.opened;
  const run = host.reprocess();
  await until(() => host.status().waitingFor.includes('freeze'));
  await clock.advance(TIMEOUT_MS);
  expect((await run).outcome).toBe('switched');
  await expectWhole(opened, world, 'level');
  expect(opened.alerts).toEqual([]);
});

it('an abort does not wait for a task of the live data that hangs', async () => {
  const world = new OrdersWorld().churn(10);
  const pass = gate();
  const held = gate();
  const hooks: Hooks = {
    process: () => {
      held.open();
      return pass.opened;
    },
  };
  const opened = await openLive(world, { kind: 'level', hooks });
  world.churn(5);
  await sendRest(opened, world, 5n);
  await held.opened;
  for (const shadow of [false, true]) {
    const stopping = new AbortController();
    const reached = new Promise<void>((resolve) => {
      opened.host.once('catch-up:end', () => {
        resolve();
      });
    });
    const run = failureOf(opened.host.reprocess({ signal: stopping.signal, shadow }));
    await reached;
    await until(() => opened.host.status().waitingFor.includes('freeze'));
    stopping.abort();
    expect([shadow, reportOf(await run).outcome]).toEqual([shadow, 'aborted']);
  }
  pass.open();
  await expectWhole(opened, world, 'level');
  expect(opened.host.status().waitingFor).toEqual([]);
});

it('what is caught up after a freeze that was put off is counted again', async () => {
  const held = holdStaged();
  const lying = lyingStore(adapterOf('level'));
  const { opened, world, host, clock, freezes } = await openBehind('level', held.hooks, {
    main: lying.adapter,
  });
  held.begin(host);
  const run = failureOf(host.reprocess());
  await held.reached;
  lying.loses = (generation, table) => generation === 2 && table === 'rows';
  await clock.advance(TIMEOUT_MS);
  held.pass.open();
  expect(await run).toMatchObject({ code: 'REPROCESS_VERIFY_FAILED', details: { table: 'rows' } });
  expect(freezes).toEqual([[1, false]]);
  await expectWhole(opened, world, 'level');
});
