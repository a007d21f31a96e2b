/** What the orders example derives: a search index in LevelDB and daily totals in SQLite. */
import { defineTask } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { json, levelStore } from 'staged-reprocessor/level';

export interface Order {
  readonly day: string;
  readonly cents: number;
  readonly text: string;
}
interface TotalsTables {
  day: { day: string; orders: number; cents: bigint };
}

export const stores = {
  search: levelStore({ tables: { words: { keyEncoding: 'utf8', valueEncoding: json<string[]>() } } }),
  totals: sqliteStore<TotalsTables>({
    tables: { day: { columns: { day: 'text', orders: 'integer', cents: 'bigint' }, primaryKey: ['day'] } },
  }),
};

const decode = (bytes: Uint8Array): Order => JSON.parse(Buffer.from(bytes).toString()) as Order;
const wordsOf = (bytes: Uint8Array | undefined): Set<string> =>
  new Set(bytes === undefined ? [] : decode(bytes).text.split(' '));

/** Word → ids of the orders that have it, sorted. */
export const searchIndex = defineTask<typeof stores.search, 'search'>({
  taskName: 'SearchIndex',
  version: 1,
  store: 'search',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const words = new Map<string, string[]>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const id = Buffer.from(batch.key(i)).toString();
          for (const word of wordsOf(batch.value(i))) words.set(word, [...(words.get(word) ?? []), id]);
        }
      },
    });
    const sink = context.sink('words');
    for (const [word, ids] of words) await sink.put(word, ids.sort());
  },
  async process(delta, context) {
    const words = context.table('words');
    for (const { key, before, after } of delta.events) {
      const id = Buffer.from(key).toString();
      for (const word of wordsOf(before)) {
        const ids = ((await words.get(word)) ?? []).filter((other) => other !== id);
        if (ids.length > 0) words.put(word, ids);
        else words.del(word);
      }
      for (const word of wordsOf(after)) words.put(word, [...((await words.get(word)) ?? []), id].sort());
    }
  },
});

/** Day → number of orders and their sum. */
export const dailyTotals = defineTask<typeof stores.totals, 'totals'>({
  taskName: 'DailyTotals',
  version: 1,
  store: 'totals',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const days = new Map<string, { orders: number; cents: bigint }>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const { day, cents } = decode(batch.value(i));
          const known = days.get(day) ?? { orders: 0, cents: 0n };
          days.set(day, { orders: known.orders + 1, cents: known.cents + BigInt(cents) });
        }
      },
    });
    const sink = context.sink('day');
    for (const [day, total] of days) await sink.put({ day, ...total });
  },
  async process(delta, context) {
    const days = context.table('day');
    const count = async (bytes: Uint8Array | undefined, way: 1 | -1): Promise<void> => {
      if (bytes === undefined) return;
      const { day, cents } = decode(bytes);
      const known = (await days.get({ day })) ?? { orders: 0, cents: 0n };
      const orders = known.orders + way;
      if (orders === 0) days.del({ day });
      else days.put({ day, orders, cents: known.cents + BigInt(way * cents) });
    };
    for (const { before, after } of delta.events) {
      await count(before, -1);
      await count(after, 1);
    }
  },
});
