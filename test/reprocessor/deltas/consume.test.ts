import { describe, expect, it } from 'vitest';
import type { Delta } from '../../../src/source/delta.ts';
import { failureOf, reasonOf } from '../rows-host.ts';
import { emptyDelta, expectWhole, KINDS, openLive, openOrders, sendRest } from './orders-host.ts';
import { OrdersWorld } from './orders-world.ts';

const event = { sequence: 1n, table: 'orders', key: Buffer.from('a') };

/** A delta as an untyped host may send it. */
const wrong = (fields: object): Delta => ({ after: 0n, through: 5n, events: [], ...fields });

describe('a delta of a wrong shape', () => {
  it.each<[string, object]>([
    ['`delta.after`', { after: 0 }],
    ['`delta.after`', { after: -1n }],
    ['`delta.after`', { after: undefined }],
    ['`delta.through`', { through: 1n << 63n }],
    ['`delta.through`', { after: 6n }],
    ['`delta.events`', { events: 'none' }],
    ['`delta.events[0]`', { events: [1] }],
    ['`delta.events[0].sequence`', { events: [{ ...event, sequence: 0n }] }],
    ['`delta.events[0].sequence`', { events: [{ ...event, sequence: 6n }] }],
    ['`delta.events[0].sequence`', { events: [{ ...event, sequence: 1 }] }],
    [
      '`delta.events[1].sequence`',
      {
        events: [
          { ...event, sequence: 3n },
          { ...event, sequence: 2n },
        ],
      },
    ],
    ['`delta.events[0].table`', { events: [{ ...event, table: 5 }] }],
    ['`delta.events[0].key`', { events: [{ ...event, key: 'a' }] }],
    ['`delta.events[0].before`', { events: [{ ...event, before: 'a' }] }],
    ['`delta.events[0].after`', { events: [{ ...event, after: null }] }],
    ['`delta.history`', { history: 1 }],
    ['since', { since: 1n }],
    ['was', { events: [{ ...event, was: 1 }] }],
  ])('is a TypeError that names %s', async (name, fields) => {
    const { host } = await openOrders();
    const reason = await reasonOf(host.consume(wrong(fields)));
    expect(reason).toBeInstanceOf(TypeError);
    expect(String(reason)).toContain(name);
    expect(host.status().deltas.accepted).toBe(0);
    expect(host.position()).toBeUndefined();
  });

  it('names data that the codec cannot keep, and takes what comes behind it', async () => {
    const world = new OrdersWorld();
    const opened = await openLive(world);
    world.set('a', 'red');
    const kept = world.delta(0n);
    const unkept = { ...kept, events: kept.events.map((one) => ({ ...one, data: () => undefined })) };
    const refused = reasonOf(opened.host.consume(unkept));
    await opened.host.consume(kept);
    expect(await refused).toBeInstanceOf(TypeError);
    expect(String(await refused)).toContain('events[0].data');
    const reason = await reasonOf(opened.host.consume({ ...emptyDelta(1n, 2n), cursor: Symbol('none') }));
    expect(reason).toBeInstanceOf(TypeError);
    expect(String(reason)).toContain('cursor');
    await expectWhole(opened, world);
  });

  it('names a wrong option', async () => {
    const { host } = await openOrders();
    const options = { durable: 'no' } as object;
    expect(String(await reasonOf(host.consume(emptyDelta(0n, 1n), options)))).toContain('`durable`');
  });
});

it('is refused with a code by a host one of whose tasks cannot process', async () => {
  const { host } = await openOrders({
    tasks: [
      { taskName: 'Still', version: 1, store: 'main', sourceTables: [], reprocess: async () => undefined },
    ],
  });
  const failure = await failureOf(host.consume(emptyDelta(0n, 1n)));
  expect([failure.code, failure.details['task']]).toEqual(['REPROCESS_TASK_INVALID', 'Still']);
});

describe.each(KINDS)('a %s store', (kind) => {
  it('has every delta once, in the order of the calls, however many are on their way', async () => {
    const world = new OrdersWorld().churn(5);
    const opened = await openLive(world, { kind });
    world.churn(60);
    const sent: Promise<void>[] = [];
    for (let after = 5n; after < 65n; after += 3n) {
      sent.push(opened.host.consume(world.delta(after, after + 3n), { durable: after % 2n === 0n }));
    }
    await Promise.all(sent);
    await expectWhole(opened, world, kind);
    expect(opened.host.status().deltas).toMatchObject({ accepted: 20, ignored: 0 });
    expect(opened.alerts).toEqual([]);
  });

  it('ignores and counts what it has, and takes only the rest of what it has in part', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openLive(world, { kind });
    const { host } = opened;
    world.churn(30);
    await host.consume(world.delta(10n, 20n));
    await host.consume(world.delta(10n, 20n));
    await host.consume(world.delta(12n, 17n));
    expect(host.status().deltas).toMatchObject({ accepted: 1, ignored: 2 });
    // Other cuts: over the end of the log, from before the snapshot, and the whole.
    await host.consume(world.delta(15n, 25n));
    await host.consume(world.delta(2n, 30n));
    await host.consume(world.delta(0n, 40n));
    await host.consume(world.delta(0n, 40n));
    await host.whenApplied(40n);
    await host.consume(world.delta(0n, 40n));
    expect(host.status().deltas).toMatchObject({ accepted: 4, ignored: 4 });
    await expectWhole(opened, world, kind);
  });

  it('takes of a delta that straddles its snapshot what comes after it', async () => {
    const world = new OrdersWorld().churn(12);
    const opened = await openLive(world, { kind });
    world.churn(11);
    await opened.host.consume(world.delta(5n, 23n));
    await expectWhole(opened, world, kind);
    expect(opened.host.status().deltas).toMatchObject({ accepted: 1, ignored: 0 });
  });

  it('applies all events of one sequence, and neither before nor after without the others', async () => {
    const world = new OrdersWorld();
    const seen: (readonly bigint[])[] = [];
    const hooks = {
      process: ({ events }: { readonly events: readonly { readonly sequence: bigint }[] }) => {
        seen.push(events.map(({ sequence }) => sequence));
      },
    };
    const opened = await openLive(world, { kind, hooks });
    world.transaction(
      ...Array.from({ length: 2500 }, (_, index) => ({ id: `k${String(index)}`, value: 'red' })),
    );
    world.set('k1', 'blue').transaction({ id: 'k1' }, { id: 'k2' }, { id: 'k1', value: 'green' });
    await opened.host.consume(world.delta(0n));
    await expectWhole(opened, world, kind);
    for (const sequence of [2500n, 2501n, 2504n]) {
      const holding = seen.filter((sequences) => sequences.includes(sequence));
      expect(holding).toHaveLength(1);
    }
    expect(seen.flat()).toHaveLength(2504);
  });

  it('catches up with what was sent before anything was live', async () => {
    const world = new OrdersWorld().churn(10);
    const opened = await openOrders({ kind, source: world.source });
    const old = world.snapshot();
    world.churn(30);
    await opened.host.consume(world.delta(5n, 25n));
    await opened.host.consume(world.delta(25n, 40n));
    expect(opened.host.status()).toMatchObject({ ready: false, waitingFor: ['first-switch'] });
    expect(opened.host.position()).toMatchObject({ sequence: 40n, cursor: { at: 40 } });
    const report = await opened.host.reprocess({ source: { openSnapshot: () => old } });
    expect(report.snapshot?.sequence).toBe(10n);
    await expectWhole(opened, world, kind);
  });
});

it('takes a heartbeat for what it is: nothing', async () => {
  const world = new OrdersWorld().churn(3);
  const opened = await openLive(world);
  await opened.host.consume(emptyDelta(3n, 3n));
  await opened.host.consume(emptyDelta(0n, 0n));
  expect(opened.host.status().deltas).toMatchObject({ accepted: 0, ignored: 2 });
  await opened.host.consume(emptyDelta(3n, 9n));
  await opened.host.whenApplied(9n);
  expect(opened.host.position()?.sequence).toBe(9n);
  expect(opened.alerts).toEqual([]);
});

it('does not wait for the disk when it need not, and keeps the order', async () => {
  const world = new OrdersWorld();
  const written: string[] = [];
  const opened = await openLive(world, {
    kind: 'level',
    failPoint: (name) => {
      if (name === 'log:appended') written.push(name);
    },
  });
  world.churn(20);
  await opened.host.consume(world.delta(0n, 10n), { durable: false });
  expect(written).toEqual([]);
  await opened.host.consume(world.delta(10n, 20n));
  expect(written.length).toBeGreaterThan(0);
  await expectWhole(opened, world, 'level');
});

it('begins without a source, empty', async () => {
  const world = new OrdersWorld({ sequence: 41n, history: 'first' });
  const opened = await openOrders({ kind: 'level' });
  const report = await opened.host.startEmpty(41n, { history: 'first', cursor: 'here' });
  expect(report.outcome).toBe('switched');
  expect(opened.host.position()).toEqual({ sequence: 41n, cursor: 'here', history: 'first' });
  world.churn(12);
  await sendRest(opened, world, 5n);
  await expectWhole(opened, world, 'level');
  expect((await failureOf(opened.host.startEmpty(99n))).code).toBe('REPROCESS_NOT_EMPTY');
  const reopened = await opened.reopen();
  expect(reopened.host.position()).toEqual({ sequence: 53n, cursor: { at: 53 }, history: 'first' });
  await expectWhole(reopened, world, 'level');
});

it('a delta that the host changes before its turn is taken as it was sent', async () => {
  const world = new OrdersWorld();
  const opened = await openLive(world);
  world.churn(6);
  const events = [...world.delta(0n).events];
  const changed: { -readonly [K in keyof Delta]: Delta[K] } = { after: 0n, through: 6n, events };
  const taken = opened.host.consume(changed);
  Object.assign(changed, { after: 5n, through: 500n, events: [], history: 'another', cursor: () => 1 });
  events.reverse().pop();
  await taken;
  expect(opened.host.position()).toEqual({ sequence: 6n, cursor: undefined, history: undefined });
  await expectWhole(opened, world);
});
