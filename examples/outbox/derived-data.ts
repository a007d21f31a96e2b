import { defineTask } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { json, levelStore } from 'staged-reprocessor/level';

/** An order as `to_jsonb` writes it. */
interface Order {
  readonly id: string;
  readonly day: string;
  readonly cents: number;
  readonly note: string;
}
interface TotalsTables {
  day: { day: string; orders: number; cents: bigint };
}

const totals = sqliteStore<TotalsTables>({
  tables: { day: { columns: { day: 'text', orders: 'integer', cents: 'bigint' }, primaryKey: ['day'] } },
});
const cards = levelStore({ tables: { card: { keyEncoding: 'utf8', valueEncoding: json<string>() } } });
export const stores = { totals, cards };

const decode = (bytes: Uint8Array): Order => JSON.parse(Buffer.from(bytes).toString()) as Order;

/** Orders and cents of each day. A day without an order has no row. */
const dayTotals = defineTask<typeof totals, 'totals'>({
  taskName: 'DayTotals',
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
    const table = context.table('day');
    const add = async ({ day, cents }: Order, sign: 1 | -1): Promise<void> => {
      const known = (await table.get({ day })) ?? { orders: 0, cents: 0n };
      const total = { day, orders: known.orders + sign, cents: known.cents + BigInt(sign * cents) };
      if (total.orders === 0) table.del({ day });
      else table.put(total);
    };
    for (const { before, after } of delta.events) {
      if (before !== undefined) await add(decode(before), -1);
      if (after !== undefined) await add(decode(after), 1);
    }
  },
});

/** The line that a screen shows for an order: here the last change counts, and not their sum. */
const orderCards = defineTask<typeof cards, 'cards'>({
  taskName: 'OrderCards',
  version: 1,
  store: 'cards',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const sink = context.sink('card', { ascending: true });
    await snapshot.scan('orders', {
      async rows(batch) {
        for (let i = 0; i < batch.length; i++) await sink.put(...card(decode(batch.value(i))));
      },
    });
  },
  async process(delta, context) {
    const table = context.table('card');
    for (const { key, after } of delta.events) {
      if (after === undefined) table.del(Buffer.from(key).toString());
      else table.put(...card(decode(after)));
    }
  },
});

function card({ id, day, cents, note }: Order): [id: string, text: string] {
  return [id, `${day} ${(cents / 100).toFixed(2)} ${note}`];
}

export const tasks = [dayTotals, orderCards];
