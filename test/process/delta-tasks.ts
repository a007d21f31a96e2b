import { defineTask, type ReconOmTask } from '../../src/index.ts';
import type { SourceEvent } from '../../src/source/delta.ts';
import { CATEGORIES, journalKey, orderOf, textOf, type Order } from './delta-history.ts';
import { sumsOf } from './delta-rows.ts';
import type { totals, words } from './delta-world.ts';

function int64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}

/** Every order of a snapshot, and the number of every source transaction in its journal. */
async function readAll(
  snapshot: Parameters<ReconOmTask['reprocess']>[0],
): Promise<{ readonly orders: ReadonlyMap<string, Order>; readonly journal: readonly bigint[] }> {
  const orders = new Map<string, Order>();
  const journal: bigint[] = [];
  await snapshot.scan('orders', {
    rows(batch) {
      for (let row = 0; row < batch.length; row++)
        orders.set(textOf(batch.key(row)), orderOf(batch.value(row)));
    },
  });
  await snapshot.scan('journal', {
    rows(batch) {
      for (let row = 0; row < batch.length; row++) journal.push(BigInt(textOf(batch.key(row))));
    },
  });
  return { orders, journal };
}

/** What an event takes away and what it adds: applied twice, it does not end where it should. */
function sides({ before, after }: SourceEvent): readonly { readonly order: Order; readonly sign: 1 | -1 }[] {
  return [
    ...(before === undefined ? [] : [{ order: orderOf(before), sign: -1 as const }]),
    ...(after === undefined ? [] : [{ order: orderOf(after), sign: 1 as const }]),
  ];
}

const sourceTables = ['orders', 'journal'];

const wordsTask = defineTask<typeof words, 'words'>({
  taskName: 'Words',
  version: 1,
  store: 'words',
  sourceTables,
  async reprocess(snapshot, context) {
    const { orders, journal } = await readAll(snapshot);
    const sums = sumsOf(orders.values());
    const [sumSink, mergedSink] = [context.sink('sums'), context.sink('merged')];
    const [changeSink, journalSink] = [context.sink('changes'), context.sink('journal')];
    for (const category of CATEGORIES) {
      const sum = sums.get(category);
      if (sum !== undefined) await sumSink.put(category, sum);
      await mergedSink.put(category, int64(sum?.cents ?? 0));
    }
    for (const [key, { changes }] of orders) await changeSink.put(key, changes);
    for (const sequence of journal) await journalSink.put(journalKey(sequence), 1);
    return undefined;
  },
  async process({ events }, context) {
    const [sums, merged] = [context.table('sums'), context.table('merged')];
    const [changes, journal] = [context.table('changes'), context.table('journal')];
    for (const event of events) {
      const key = textOf(event.key);
      // Told apart from the table's content on purpose: a row counts how often it was written.
      const counter = event.table === 'journal' ? journal : changes;
      if (event.after === undefined) counter.del(key);
      else counter.put(key, ((await counter.get(key)) ?? 0) + 1);
      if (event.table === 'journal') continue;
      for (const { order, sign } of sides(event)) {
        const { category, cents } = order;
        const sum = (await sums.get(category)) ?? { orders: 0, cents: 0 };
        const next = { orders: sum.orders + sign, cents: sum.cents + sign * cents };
        if (next.orders === 0 && next.cents === 0) sums.del(category);
        else sums.put(category, next);
        merged.merge(category, int64(sign * cents));
      }
    }
    return undefined;
  },
});

const totalsTask = defineTask<typeof totals, 'totals'>({
  taskName: 'Totals',
  version: 1,
  store: 'totals',
  sourceTables,
  async reprocess(snapshot, context) {
    const { orders, journal } = await readAll(snapshot);
    const categorySink = context.sink('category');
    const [changeSink, journalSink] = [context.sink('change'), context.sink('journal')];
    for (const [category, sum] of sumsOf(orders.values())) {
      await categorySink.put({ category, orders: sum.orders, cents: BigInt(sum.cents) });
    }
    for (const [id, { changes }] of orders) await changeSink.put({ id, changes });
    for (const sequence of journal) await journalSink.put({ sequence, times: 1 });
    return undefined;
  },
  async process({ events }, context) {
    const categories = context.table('category');
    const [changes, journal] = [context.table('change'), context.table('journal')];
    for (const event of events) {
      const id = textOf(event.key);
      if (event.table === 'journal') {
        const sequence = BigInt(id);
        const times = (await journal.get({ sequence }))?.times ?? 0;
        if (event.after === undefined) journal.del({ sequence });
        else journal.put({ sequence, times: times + 1 });
        continue;
      }
      if (event.after === undefined) changes.del({ id });
      else changes.put({ id, changes: ((await changes.get({ id }))?.changes ?? 0) + 1 });
      for (const { order, sign } of sides(event)) {
        const { category } = order;
        const sum = (await categories.get({ category })) ?? { orders: 0, cents: 0n };
        const next = { orders: sum.orders + sign, cents: sum.cents + BigInt(sign * order.cents) };
        if (next.orders === 0 && next.cents === 0n) categories.del({ category });
        else categories.put({ category, ...next });
      }
    }
    return undefined;
  },
});

export const deltaTasks: readonly ReconOmTask[] = [wordsTask, totalsTask];
