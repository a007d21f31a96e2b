import Database from 'better-sqlite3';
import { join } from 'node:path';
import { sql } from 'kysely';
import { expect, test } from 'vitest';
import {
  DAYS,
  buildGeneration,
  lease,
  openTotals,
  switchOf,
  temporaryFolder,
  toldGeneration,
} from './totals-store.ts';

const SUM = 'SELECT sum(orders) AS orders FROM day';

test('what was open across a switch keeps its generation, even when that is half deleted', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1, 500);
  await store.commit(switchOf(undefined, 1));
  const open = await store.openGeneration(1);
  const { reader, release } = lease(open);
  const idle = lease(open);
  const frozen = lease(open, true);

  const stream = reader.selectFrom('day').select('orders').orderBy('day').stream(10);
  const raw = reader.raw.iterate<{ orders: number }>('SELECT orders FROM day');
  const prepared = reader.raw.prepare<{ orders: number }>(SUM);
  const viaFrozen = frozen.reader.raw.iterate<{ orders: number }>('SELECT orders FROM day');
  for (const iterator of [stream, raw, viaFrozen])
    expect((await iterator.next()).value).toEqual({ orders: 1 });
  expect(await prepared.get()).toEqual({ orders: 500 });

  await buildGeneration(store, 2, 500);
  await store.commit(switchOf(1, 2));

  // What a discard would do; the engine would wait for the leases first.
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec('DELETE FROM "__sr_1_totals.day" WHERE day > \'day-000100\'; DROP TABLE "__sr_1_totals.item"');
  host.close();

  let rows = 3;
  for (const iterator of [stream, raw, viaFrozen]) {
    for await (const row of iterator) {
      expect(row.orders).toBe(1);
      rows++;
    }
  }
  expect(rows).toBe(1500);
  for (const one of [reader, idle.reader, frozen.reader]) {
    expect(await toldGeneration(one, 500)).toBe(1);
    // A connection that was lent across the switch must not be lent again.
    for await (const row of one.selectFrom('day').select('orders').stream(100)) expect(row.orders).toBe(1);
    expect(await one.raw.all(SUM)).toEqual([{ orders: 500 }]);
    expect((await sql<{ orders: number }>`SELECT sum(orders) AS orders FROM day`.execute(one)).rows).toEqual([
      { orders: 500 },
    ]);
    expect(await one.selectFrom('summary').selectAll().executeTakeFirst()).toEqual({ total: 500, days: 500 });
    expect(
      await one
        .selectFrom('item')
        .select((eb) => eb.fn.countAll<number>().as('n'))
        .execute(),
    ).toEqual([{ n: 500 }]);
  }
  expect(await prepared.get()).toEqual({ orders: 500 });
  const second = await store.openGeneration(2);
  expect(await toldGeneration(lease(second).reader, 500)).toBe(2);
  release();
});

test('a generation without the live names is read under them, by connections opened before and after switches', async () => {
  const store = await openTotals();
  for (const generation of [1, 2, 3]) {
    await buildGeneration(store, generation);
    await store.commit(switchOf(generation === 1 ? undefined : generation - 1, generation));
  }
  const opened = await Promise.all([1, 2, 3].map((generation) => store.openGeneration(generation)));
  const leases = opened.map((open) => lease(open));
  const told = (): Promise<number[]> => Promise.all(leases.map(({ reader }) => toldGeneration(reader)));
  expect(await told()).toEqual([1, 2, 3]);
  // Back to 1, then on to 2: every generation gains or loses the names while its leases stay.
  await store.commit(switchOf(3, 1));
  expect(await told()).toEqual([1, 2, 3]);
  await store.commit(switchOf(1, 2));
  expect(await told()).toEqual([1, 2, 3]);
  await store.undo(switchOf(1, 2));
  expect(await told()).toEqual([1, 2, 3]);
  for (const { reader } of leases) {
    const rows = await reader.raw.all('SELECT * FROM summary, (SELECT count(*) AS items FROM item)');
    expect(rows).toMatchObject([{ days: DAYS, items: DAYS }]);
  }
  expect((await store.inspect()).live).toBe(1);
});

test('after a switch the new live generation is read afresh: nothing holds the log back', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  const open = await store.openGeneration(1);
  const { reader } = lease(open);
  expect(await toldGeneration(reader)).toBe(1);
  await store.commit(switchOf(undefined, 1));
  const host = new Database(join(folder, 'data.sqlite'));
  expect(host.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  host.exec('UPDATE day SET orders = 7');
  host.close();
  expect(await toldGeneration(reader)).toBe(7);
});

test('a stream that began in the staged generation ends in it, live by now, and the next one begins', async () => {
  const store = await openTotals();
  await buildGeneration(store, 1);
  const { reader } = lease(await store.openGeneration(1));
  const stream = reader.selectFrom('day').select('orders').stream(1);
  await stream.next();
  await store.commit(switchOf(undefined, 1));
  let rows = 1;
  for await (const row of stream) rows += row.orders;
  for await (const row of reader.selectFrom('day').select('orders').stream(1)) rows += row.orders;
  expect(rows).toBe(2 * DAYS);
});

test('an undo ends the transactions of the readers', async () => {
  const folder = temporaryFolder();
  const store = await openTotals(folder);
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  const first = await store.openGeneration(1);
  const frozen = lease(first, true);
  const { reader } = lease(first);
  await buildGeneration(store, 2);
  await store.commit(switchOf(1, 2));
  const host = new Database(join(folder, 'data.sqlite'));
  host.exec('UPDATE "__sr_1_totals.day" SET orders = 7');
  expect(await toldGeneration(reader)).toBe(1);
  await store.undo(switchOf(1, 2));
  expect(await toldGeneration(reader)).toBe(7);
  expect(await toldGeneration(frozen.reader)).toBe(1);
  frozen.release();
  expect(host.pragma('wal_checkpoint(TRUNCATE)')).toEqual([{ busy: 0, log: 0, checkpointed: 0 }]);
  host.close();
});

test('a hundred switches under readers: no failed, torn or mixed read', async () => {
  const store = await openTotals();
  await buildGeneration(store, 1);
  await store.commit(switchOf(undefined, 1));
  let live = await store.openGeneration(1);
  let switching = true;
  const read = async (): Promise<number> => {
    let reads = 0;
    for (; switching; reads++) {
      const open = live;
      const { reader, release } = lease(open, reads % 3 === 0);
      const told = new Set<number>([await toldGeneration(reader)]);
      for await (const row of reader.selectFrom('day').select('orders').stream(3)) told.add(row.orders);
      told.add(await toldGeneration(reader));
      expect([...told]).toEqual([open.generation]);
      release();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return reads;
  };
  const readers = [read(), read(), read()];
  for (let generation = 2; generation <= 101; generation++) {
    await buildGeneration(store, generation);
    const next = await store.openGeneration(generation);
    await store.commit(switchOf(generation - 1, generation));
    live = next;
    if (generation > 2 && generation % 10 === 0) await store.undo(switchOf(generation - 1, generation));
    if (generation % 10 === 0) await store.commit(switchOf(generation - 1, generation));
    // Old ones stay open, as retained ones do.
    if (generation > 3) await store.discard(generation - 3);
  }
  switching = false;
  for (const reads of await Promise.all(readers)) expect(reads).toBeGreaterThan(0);
}, 60_000);
