import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src/index.ts';
import { failureOf } from '../rows-host.ts';
import { until } from '../fault-subject.ts';
import {
  codesOf,
  idle,
  openLive,
  sendRest,
  type OrdersHost,
  type OrdersOptions,
} from '../deltas/orders-host.ts';
import { OrdersWorld } from '../deltas/orders-world.ts';
import { stops } from './stops.ts';
import {
  VERSIONED,
  versionedIn,
  versionedRows,
  versionedStore,
  versionedTask,
  type Versioned,
} from './versions-host.ts';

const code = (kind: Versioned, version: number): OrdersOptions => ({
  stores: { main: versionedStore(kind, version) },
  tasks: [versionedTask(kind, version)],
});

async function expectVersion(
  opened: OrdersHost,
  world: OrdersWorld,
  kind: Versioned,
  version: number,
): Promise<void> {
  const rows = await opened.host.read((lease) => versionedIn(lease, kind), { atLeast: world.sequence });
  expect(rows).toEqual(versionedRows(world.rows(), version));
}

/** A source that counts what is asked of it. */
function counted(world: OrdersWorld): Source & { readonly reasons: string[] } {
  const reasons: string[] = [];
  return {
    reasons,
    openSnapshot: ({ reason }) => {
      reasons.push(reason);
      return world.snapshot();
    },
  };
}

describe.each(VERSIONED)('live %s data of another task version', (kind) => {
  it('is served unchanged, takes no delta, says so, and is rebuilt when there is a source', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { ...code(kind, 1), kind: 'level' });
    const old = versionedRows(world.rows(), 1);
    const waiting = await opened.reopen({ ...code(kind, 2), source: undefined });
    const { host } = waiting;
    world.churn(5);
    await sendRest(waiting, world);
    expect(host.status()).toMatchObject({
      waitingFor: ['rebuild', 'source'],
      sequence: 10n,
      lag: 5n,
      generation: 1,
      stores: [{ outdated: true, blocked: undefined }],
    });
    expect(host.position()).toMatchObject({ sequence: 15n });
    await host.read(async (lease) => {
      expect([lease.outdated, lease.sequence]).toEqual([['main'], 10n]);
      expect(await versionedIn(lease, kind)).toEqual(old);
    });
    const reopened = await waiting.reopen({ ...code(kind, 2), source: counted(world) });
    await until(() => reopened.host.status().lastReport !== undefined);
    expect(reopened.host.status()).toMatchObject({
      lastReport: { reason: 'TASK_VERSION' },
      waitingFor: [],
      lag: 0n,
    });
    await expectVersion(reopened, world, kind, 2);
    expect(await reopened.host.read(({ outdated }) => outdated)).toEqual([]);
    world.churn(5);
    await sendRest(reopened, world);
    await expectVersion(reopened, world, kind, 2);
  });

  it('is never written by the code of another version, older or newer', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { ...code(kind, 2), retainGenerations: 0 });
    const before = versionedRows(world.rows(), 2);
    const older = await opened.reopen({ ...code(kind, 1), source: undefined });
    world.churn(6);
    await sendRest(older, world, 2n);
    // A reader of the old code sees the columns that it knows or those that are there; the rows themselves are as they were.
    expect(older.host.status()).toMatchObject({ sequence: 10n, stores: [{ outdated: true }] });
    expect((await older.host.read((lease) => versionedIn(lease, kind))).length).toBe(before.length);
    const back = await older.reopen({ ...code(kind, 2), source: undefined });
    expect(back.host.status()).toMatchObject({ waitingFor: [], generation: 1 });
    await expectVersion(back, world, kind, 2);
  });

  it('goes to version 2 and back under steady deltas, back without a rebuild', async () => {
    const world = new OrdersWorld().churn(10);
    const source = counted(world);
    let opened = await openLive(world, { ...code(kind, 1), source });
    const stream = async (): Promise<void> => {
      world.churn(4);
      await sendRest(opened, world, 3n);
    };
    await stream();
    opened = await opened.reopen(code(kind, 2));
    await stream();
    await until(() => opened.host.status().generation === 2);
    await stream();
    await expectVersion(opened, world, kind, 2);
    expect(source.reasons).toEqual(['MANUAL', 'TASK_VERSION']);
    const stop = stops();
    stop.at('4-caught-up', stream);
    stop.at('4-paused', stream);
    const runs: string[] = [];
    opened = await opened.reopen({ ...code(kind, 1), failPoint: stop.failPoint });
    opened.host.on('run:begin', ({ reason }) => runs.push(reason));
    await stream();
    await until(() => opened.host.status().generation === 1);
    await idle(opened);
    stop.clear();
    await stream();
    await expectVersion(opened, world, kind, 1);
    expect([source.reasons.length, runs, codesOf(opened.alerts)]).toEqual([2, [], []]);
    expect(opened.host.status()).toMatchObject({
      waitingFor: [],
      retained: [2],
      stores: [{ outdated: false }],
    });
    // The rebuild is what defines the data.
    const { differences = [] } = await opened.host.reprocess({ shadow: true });
    expect(differences.map(({ added, removed, changed }) => added + removed + changed)).toEqual(
      differences.map(() => 0),
    );
    // And forward again: what was retained of version 2 is caught up as well.
    opened = await opened.reopen({ ...code(kind, 2), failPoint: stop.failPoint });
    await stream();
    await until(() => opened.host.status().generation === 2);
    await expectVersion(opened, world, kind, 2);
    expect(source.reasons).toEqual(['MANUAL', 'TASK_VERSION', 'MANUAL']);
  });

  it('is rebuilt where the log cannot bring the retained generation up', async () => {
    const world = new OrdersWorld().churn(10);
    const source = counted(world);
    const opened = await openLive(world, { ...code(kind, 1), source });
    await opened.host.close();
    // Changes that nobody sends.
    world.churn(10);
    const newer = await opened.reopen(code(kind, 2));
    await until(() => newer.host.status().generation === 2);
    world.churn(3);
    await sendRest(newer, world);
    await newer.host.whenApplied(23n);
    const older = await newer.reopen(code(kind, 1));
    await until(() => older.host.status().generation === 3);
    expect(source.reasons).toEqual(['MANUAL', 'TASK_VERSION', 'TASK_VERSION']);
    await expectVersion(older, world, kind, 1);
    expect(codesOf(older.alerts)).toEqual([]);
  });

  it('is rebuilt where the retained generation cannot be switched in', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, code(kind, 1));
    const newer = await opened.reopen(code(kind, 2));
    await until(() => newer.host.status().lastReport !== undefined);
    world.churn(3);
    await sendRest(newer, world);
    const stop = stops();
    stop.at('4-caught-up', () => {
      stop.clear();
      throw new Error('not this way');
    });
    const older = await newer.reopen({ ...code(kind, 1), failPoint: stop.failPoint });
    await until(() => older.host.status().lastReport !== undefined);
    expect(older.host.status().generation).toBe(3);
    expect(older.host.status()).toMatchObject({ waitingFor: [], state: 'NONE' });
    expect(codesOf(older.alerts)).toEqual(['SWITCH_IN_FAILED']);
    await expectVersion(older, world, kind, 1);
  });

  it('is not gone back to', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, code(kind, 1));
    const newer = await opened.reopen(code(kind, 2));
    await until(() => newer.host.status().lastReport !== undefined);
    expect((await failureOf(newer.host.rollbackTo(1))).code).toBe('REPROCESS_TASK_VERSION');
    world.churn(3);
    await sendRest(newer, world);
    await expectVersion(newer, world, kind, 2);
  });
});
