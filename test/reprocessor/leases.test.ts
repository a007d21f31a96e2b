import { describe, expect, it } from 'vitest';
import type { ReadonlyTable } from '../../src/adapters/memory/index.ts';
import { isReprocessError } from '../../src/index.ts';
import {
  copied,
  failureOf,
  fill,
  levelRows,
  memoryRows,
  openHost,
  openWithClock,
  ordersSource,
  rowsIn,
  rowsOf,
  temporaryFolder,
} from './rows-host.ts';

const levelHost = () => ({ dataDir: temporaryFolder(), stores: { main: levelRows() } });

describe('a lease', () => {
  it('rejects before the first switch, or waits for it', async () => {
    const host = await openHost({ source: ordersSource() });
    expect((await failureOf(host.read(() => 1))).code).toBe('REPROCESS_NOT_READY');
    const aborting = new AbortController();
    const given = failureOf(host.read(() => 1, { wait: true, signal: aborting.signal }));
    const waiting = host.read((lease) => lease.generation, { wait: true });
    aborting.abort(new Error('impatient'));
    expect(await given).toMatchObject({ code: 'REPROCESS_ABORTED', cause: { message: 'impatient' } });
    await host.reprocess();
    expect(await waiting).toBe(1);
  });

  it('that waits is refused by close()', async () => {
    const host = await openHost({ source: ordersSource() });
    const waiting = failureOf(host.acquire({ wait: true }));
    await host.close();
    expect((await waiting).code).toBe('REPROCESS_CLOSED');
  });

  it('tells generation and sequences, and names its stores', async () => {
    const source = ordersSource();
    const host = await openHost({ stores: { main: memoryRows(), side: memoryRows() }, source });
    await host.reprocess();
    source.set('orders', 'x', 'y');
    await host.reprocess({ tasks: ['Copy-side'] });
    await host.read((lease) => {
      expect([lease.generation, lease.sequence]).toEqual([2, 11n]);
      expect([lease.sequenceOf('main'), lease.sequenceOf('side')]).toEqual([11n, 12n]);
      expect(() => lease.store('other')).toThrow(
        new TypeError('Expected `store` to be one of main, side, got `other` (string)'),
      );
    });
  });

  it('keeps its generation across switches; the old one goes with its last lease', async () => {
    const source = ordersSource(10, 'a');
    const host = await openHost({ ...levelHost(), source, retainGenerations: 0 });
    await host.reprocess();
    const [first, second] = [await host.acquire(), await host.acquire({ frozen: true })];
    const iterator = first.store('main').table('rows').iterator();
    expect(await iterator.nextv(3)).toHaveLength(3);
    fill(source, 10, 'b');
    await host.reprocess();
    expect(await rowsIn(second)).toEqual(copied(10, 'a'));
    expect((await iterator.all()).at(-1)).toEqual(['o000009', 'a']);
    expect(await rowsOf(host)).toEqual(copied(10, 'b'));
    expect(host.status().stores[0]).toMatchObject({ live: 2, discarding: [1] });
    first.release();
    expect(host.status()).toMatchObject({ leases: 1, stores: [{ discarding: [1] }] });
    expect(await rowsIn(second)).toEqual(copied(10, 'a'));
    const discarded = new Promise((resolve) => host.once('discard', resolve));
    second[Symbol.dispose]();
    expect(await discarded).toMatchObject({ store: 'main', generation: 1 });
    expect(host.status().leases).toBe(0);
  });

  it('ends in the middle of an iteration with a code, never as if the table had ended', async () => {
    const host = await openHost({ ...levelHost(), source: ordersSource(3000) });
    await host.reprocess();
    for (const frozen of [false, true]) {
      const lease = await host.acquire({ frozen });
      const { iterator, keys, get } = openTable(lease.store('main').table('rows'));
      await iterator.next();
      const pending = iterator.nextv(1000);
      lease.release();
      lease.release();
      expect((await failureOf(pending)).code).toBe('REPROCESS_LEASE_RELEASED');
      for (const use of [iterator.next(), iterator.all(), keys.next(), get()]) {
        expect((await failureOf(use)).code).toBe('REPROCESS_LEASE_RELEASED');
      }
      expect(() => lease.store('main')).toThrow(
        expect.objectContaining({ code: 'REPROCESS_LEASE_RELEASED' }),
      );
    }
  });

  it('of read() ends with its promise, also when that rejects', async () => {
    const host = await openHost({ source: ordersSource() });
    await host.reprocess();
    const kept = await host.read((lease) => lease);
    expect(() => kept.store('main')).toThrow(expect.objectContaining({ code: 'REPROCESS_LEASE_RELEASED' }));
    await expect(host.read(() => Promise.reject(new RangeError('mine')))).rejects.toThrow(
      new RangeError('mine'),
    );
    expect(host.status().leases).toBe(0);
  });
});

function openTable(table: ReadonlyTable<string, string>) {
  return { iterator: table.iterator(), keys: table.keys(), get: () => table.get('o000000') };
}

describe('nested reads', () => {
  it('join the generations of the outer one, however deep, also across a switch', async () => {
    const source = ordersSource(5, 'a');
    const host = await openHost({ source });
    await host.reprocess();
    const seen = await host.read(async (outer) => {
      fill(source, 5, 'b');
      await host.reprocess();
      const inner = await host.read(async (lease) => host.read(() => rowsIn(lease)));
      const frozen = await host.read((lease) => rowsIn(lease), { frozen: true });
      return { outer: await rowsIn(outer), inner, frozen, leases: host.status().leases };
    });
    const old = copied(5, 'a');
    expect(seen).toEqual({ outer: old, inner: old, frozen: old, leases: 1 });
    expect(await rowsOf(host)).toEqual(copied(5, 'b'));
  });

  it('of two reprocessors have nothing to do with each other', async () => {
    const [one, two] = [
      await openHost({ source: ordersSource(2) }),
      await openHost({ source: ordersSource(3) }),
    ];
    await Promise.all([one.reprocess(), two.reprocess()]);
    expect(await one.read(() => rowsOf(two))).toHaveLength(3);
  });

  it('fail in a lease that was revoked, instead of mixing generations', async () => {
    const { reprocessor, clock } = await openWithClock({
      source: ordersSource(),
      leaseTimeoutMs: 100,
      revokeLeases: true,
    });
    reprocessor.on('alert', () => undefined);
    await reprocessor.reprocess();
    await reprocessor.read(async (outer) => {
      await clock.advance(100);
      expect(() => outer.store('main')).toThrow(expect.objectContaining({ code: 'REPROCESS_LEASE_REVOKED' }));
      expect((await failureOf(reprocessor.read(() => 1))).code).toBe('REPROCESS_LEASE_REVOKED');
    });
  });
});

describe('a lease held too long', () => {
  it.each([false, true])('is reported once, when its time is over (revoked: %s)', async (revokeLeases) => {
    const { reprocessor, clock } = await openWithClock({
      ...levelHost(),
      source: ordersSource(),
      leaseTimeoutMs: 1000,
      revokeLeases,
    });
    const told: unknown[] = [];
    reprocessor.on('lease:timeout', ({ heldMs, revoked, generation }) =>
      told.push([generation, heldMs, revoked]),
    );
    const alerts: string[] = [];
    reprocessor.on('alert', ({ code }) => alerts.push(code));
    await reprocessor.reprocess();
    const first = await reprocessor.acquire();
    await clock.advance(600);
    const second = await reprocessor.acquire();
    const iterator = second.store('main').table('rows').iterator();
    await clock.advance(399);
    expect(told).toEqual([]);
    await clock.advance(1);
    expect(told).toEqual([[1, 1000, revokeLeases]]);
    await clock.advance(600);
    await clock.advance(5000);
    expect(told).toEqual([
      [1, 1000, revokeLeases],
      [1, 1000, revokeLeases],
    ]);
    expect(alerts).toEqual(['LEASE_TIMEOUT', 'LEASE_TIMEOUT']);
    const read: unknown = await iterator.next().catch((error: unknown) => error);
    expect(isReprocessError(read, 'REPROCESS_LEASE_REVOKED')).toBe(revokeLeases);
    first.release();
    second.release();
    expect(reprocessor.status().leases).toBe(0);
    await reprocessor.close();
    expect(clock.pending).toBe(0);
  });

  it('is revoked by close() when its time is over', async () => {
    const { reprocessor, clock } = await openWithClock({ source: ordersSource(), closeTimeoutMs: 700 });
    await reprocessor.reprocess();
    const lease = await reprocessor.acquire();
    const closing = reprocessor.close();
    await clock.advance(0);
    await clock.advance(699);
    expect(await rowsIn(lease)).toHaveLength(10);
    await clock.advance(1);
    await closing;
    expect(() => lease.store('main')).toThrow(expect.objectContaining({ code: 'REPROCESS_LEASE_REVOKED' }));
    expect(clock.pending).toBe(0);
  });
});
