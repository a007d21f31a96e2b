import { describe, expect, it } from 'vitest';
import { formatDifferences, type ReprocessReport } from '../../../src/index.ts';
import { failureOf, gate, levelRows, reportOf } from '../rows-host.ts';
import { openFiles, until } from '../fault-subject.ts';
import {
  adapterOf,
  codesOf,
  expectWhole,
  idle,
  KINDS,
  openLive,
  openOrders,
  sendRest,
} from '../deltas/orders-host.ts';
import type { Hooks } from '../deltas/orders-task.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { lyingStore } from './lying-store.ts';
import { stops } from './stops.ts';

const told = ({ differences }: ReprocessReport): string => formatDifferences(differences ?? []);

describe.each(KINDS)('a shadow run over a %s store', (kind) => {
  it('finds nothing where the live data has followed its source, and leaves nothing', async () => {
    const filesAtFirst = openFiles();
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const opened = await openLive(world, { kind, failPoint: stop.failPoint });
    const { host } = opened;
    const old = world.snapshot();
    world.churn(6);
    await sendRest(opened, world);
    const states: string[] = [];
    host.on('phase', ({ to }) => states.push(to));
    stop.at('4-caught-up', async () => {
      world.churn(4);
      await sendRest(opened, world);
      await host.whenApplied(20n);
    });
    const report = await host.reprocess({ shadow: true, source: { openSnapshot: () => old } });
    expect(report).toMatchObject({ outcome: 'compared', generation: 2, stores: [] });
    expect(report.differences).toHaveLength(2);
    for (const table of report.differences ?? []) {
      expect(table).toMatchObject({
        added: 0,
        removed: 0,
        changed: 0,
        first: [],
        liveSequence: 20n,
        stagedSequence: 20n,
      });
      expect(table.rowsLive).toBe(table.rowsStaged);
    }
    expect(states).toEqual(['INITIALIZING', 'PROCESSING', 'READY_TO_COMMIT', 'NONE']);
    expect(host.status()).toMatchObject({
      state: 'NONE',
      generation: 1,
      retained: [],
      waitingFor: [],
      stores: [{ live: 1, staged: undefined, retained: [], discarding: [] }],
    });
    stop.clear();
    await expectWhole(opened, world, kind);
    expect((await host.reprocess()).generation).toBe(3);
    expect((await host.runs().catch(() => [])).map(({ outcome }) => outcome)).toEqual([
      'switched',
      'compared',
      'switched',
    ]);
    await host.close();
    expect(openFiles()).toBe(filesAtFirst);
  });

  it('shows what differs as a person reads it', async () => {
    const world = new OrdersWorld().churn(5);
    const lying = lyingStore(adapterOf(kind));
    const opened = await openLive(world, { kind, stores: { main: lying.adapter } });
    world.set('a', 'red');
    await sendRest(opened, world);
    await opened.host.whenApplied(6n);
    // The live data loses what changes of the rows from now on.
    lying.loses = (generation, table) => generation === 1 && table === 'rows';
    world.set('a', 'blue').set('b', 'green').delete('o1');
    await sendRest(opened, world);
    await opened.host.whenApplied(9n);
    const report = await opened.host.reprocess({ shadow: true });
    const counts = { added: 1, removed: 1, changed: 1, rowsLive: 5, rowsStaged: 5 };
    expect(report.differences).toMatchObject([
      { table: 'rows', ...counts },
      { table: 'extra', changed: 0 },
    ]);
    if (kind === 'sqlite') {
      expect(told(report)).toMatchInlineSnapshot(`
        "main.rows: 1 only rebuilt (+), 1 only live (-), 1 changed (~); live 5 rows, rebuilt 5
          ~ { key: 'a', value: 'red' }
              is now { key: 'a', value: 'blue' }
          + { key: 'b', value: 'green' }
          - { key: 'o1', value: 'green' }
        main.extra: equal; live 3 rows, rebuilt 3
        1 of 2 tables differ
        "
      `);
    } else {
      expect(told(report)).toMatchInlineSnapshot(`
        "main.rows: 1 only rebuilt (+), 1 only live (-), 1 changed (~); live 5 rows, rebuilt 5
          ~ 'a' → 'red'
              is now 'a' → 'blue'
          + 'b' → 'green'
          - 'o1' → 'green'
        main.extra: equal; live 3 rows, rebuilt 3
        1 of 2 tables differ
        "
      `);
    }
  });

  it('before the first switch shows all that it would make', async () => {
    const world = new OrdersWorld().set('a', 'red');
    const { host } = await openOrders({ kind, source: world.source });
    const report = await host.reprocess({ shadow: true });
    expect(report.differences).toMatchObject([
      { table: 'rows', rowsLive: 0, rowsStaged: 1, added: 1, removed: 0, changed: 0 },
      { table: 'extra', rowsLive: 0, rowsStaged: 1, added: 1 },
    ]);
    expect(host.status()).toMatchObject({ ready: false, state: 'NONE', waitingFor: ['first-switch'] });
    await host.reprocess();
    await expectWhole({ host }, world, kind);
  });
});

it('shows the first rows of many, and how many there are', async () => {
  const world = new OrdersWorld();
  const opened = await openLive(world);
  for (let index = 0; index < 50; index++) world.set(`k${String(100 + index)}`, 'red');
  const { differences = [] } = await opened.host.reprocess({ shadow: true });
  expect(differences[0]).toMatchObject({ added: 50, liveSequence: 0n, stagedSequence: 50n });
  expect(differences[0]?.first).toHaveLength(20);
  const lines = formatDifferences(differences).split('\n');
  expect([lines[0], lines[1], lines[20], lines[21]]).toMatchInlineSnapshot(`
    [
      "main.rows: 50 only rebuilt (+), 0 only live (-), 0 changed (~); live 0 rows, rebuilt 50; live at sequence 0, rebuilt at 50",
      "  + 'k100' → 'red'",
      "  + 'k119' → 'red'",
      "  … and 30 more",
    ]
  `);
  expect(formatDifferences([])).toMatchInlineSnapshot(`
    "0 of 0 tables differ
    "
  `);
});

it('deltas are applied while it compares, and change nothing of what it sees', async () => {
  const world = new OrdersWorld();
  for (let index = 0; index < 3000; index++) world.set(`k${String(10_000 + index)}`, 'red');
  const adapter = levelRows();
  let onCompare = (): void => undefined;
  const comparable = (_table: string, value: Uint8Array): Uint8Array => {
    onCompare();
    return value;
  };
  const opened = await openLive(world, { kind: 'level', stores: { main: { ...adapter, comparable } } });
  const { host } = opened;
  let applied: Promise<void> | undefined;
  let during: unknown;
  onCompare = () => {
    applied ??= (async () => {
      for (let index = 0; index < 3000; index += 7) world.set(`k${String(10_000 + index)}`, 'blue');
      await host.consume(world.delta(3000n));
      await host.whenApplied(world.sequence);
      during = host.status().state;
    })();
  };
  const report = await host.reprocess({ shadow: true });
  await applied;
  expect(during).toBe('READY_TO_COMMIT');
  expect(report.differences).toMatchObject([
    { rowsLive: 3000, rowsStaged: 3000, added: 0, removed: 0, changed: 0 },
    { added: 0, removed: 0, changed: 0 },
  ]);
  await expectWhole(opened, world, 'level');
});

describe('a shadow run that fails', () => {
  it('is not followed by a rebuild that nobody asked for', async () => {
    const world = new OrdersWorld().churn(10);
    const hooks: Hooks = {};
    const opened = await openLive(world, { hooks });
    hooks.reprocess = () => {
      throw new Error('not now');
    };
    const failure = await failureOf(opened.host.reprocess({ shadow: true }));
    expect(reportOf(failure)).toMatchObject({ outcome: 'failed', differences: undefined });
    delete hooks.reprocess;
    expect(opened.host.status()).toMatchObject({ retryAtMs: undefined, generation: 1, state: 'FAILED' });
    await opened.clock.advance(1_000_000);
    await idle(opened);
    expect(opened.host.status()).toMatchObject({ generation: 1, retained: [] });
    expect((await opened.host.reprocess({ shadow: true })).outcome).toBe('compared');
    expect(opened.host.status().state).toBe('NONE');
  });

  it('in the record of its end does so as any run, and can be made again', async () => {
    const world = new OrdersWorld().churn(10);
    const stop = stops();
    const opened = await openLive(world, {
      kind: 'level',
      failPoint: stop.failPoint,
      retry: { maxRetries: 0 },
    });
    const { host } = opened;
    host.once('catch-up:end', () => {
      stop.at('control:write', () => {
        stop.clear();
        throw new Error('disk full');
      });
    });
    const failure = await failureOf(host.reprocess({ shadow: true }));
    expect([failure.code, host.status().state]).toEqual(['REPROCESS_CONTROL_FAILED', 'FAILED']);
    expect(reportOf(failure).outcome).toBe('failed');
    expect((await host.reprocess({ shadow: true })).outcome).toBe('compared');
    await until(() => host.status().stores.every(({ discarding }) => discarding.length === 0));
    expect(host.status()).toMatchObject({ state: 'NONE', generation: 1, stores: [{ staged: undefined }] });
    expect(codesOf(opened.alerts)).toEqual([]);
  });

  it('by an abort in the middle of the comparison leaves nothing', async () => {
    const world = new OrdersWorld().churn(10);
    const adapter = levelRows();
    const stopping = new AbortController();
    const compared = gate();
    const comparable = (_table: string, value: Uint8Array): Uint8Array => {
      stopping.abort();
      compared.open();
      return value;
    };
    const opened = await openLive(world, { kind: 'level', stores: { main: { ...adapter, comparable } } });
    const failure = await failureOf(opened.host.reprocess({ shadow: true, signal: stopping.signal }));
    await compared.opened;
    expect(reportOf(failure).outcome).toBe('aborted');
    expect(opened.host.status()).toMatchObject({
      state: 'NONE',
      stores: [{ staged: undefined, discarding: [] }],
    });
    world.churn(3);
    await sendRest(opened, world);
    await expectWhole(opened, world, 'level');
  });
});
