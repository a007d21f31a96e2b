import { defineTask, type Lease } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { levelStore } from 'staged-reprocessor/level';
import { decode } from './shop.ts';

/** Version 1: how many orders a day has, and a customer. */
const days = sqliteStore<{ day: { day: string; orders: number } }>({
  tables: { day: { columns: { day: 'text', orders: 'integer' }, primaryKey: ['day'] } },
});
const customers = levelStore({ tables: { customer: { keyEncoding: 'utf8', valueEncoding: 'utf8' } } });
const stores = { days, customers };

const dayTask = defineTask<typeof days, 'days'>({
  taskName: 'Days',
  version: 1,
  store: 'days',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const counts = new Map<string, number>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const { day } = decode(batch.value(i));
          counts.set(day, (counts.get(day) ?? 0) + 1);
        }
      },
    });
    const sink = context.sink('day');
    for (const [day, orders] of counts) await sink.put({ day, orders });
  },
  async process(delta, context) {
    const table = context.table('day');
    const add = async (day: string, count: number): Promise<void> => {
      const orders = ((await table.get({ day }))?.orders ?? 0) + count;
      if (orders === 0) table.del({ day });
      else table.put({ day, orders });
    };
    for (const { before, after } of delta.events) {
      if (before !== undefined) await add(decode(before).day, -1);
      if (after !== undefined) await add(decode(after).day, 1);
    }
  },
});

const customerTask = defineTask<typeof customers, 'customers'>({
  taskName: 'Customers',
  version: 1,
  store: 'customers',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const counts = new Map<string, number>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const { customer } = decode(batch.value(i));
          counts.set(customer, (counts.get(customer) ?? 0) + 1);
        }
      },
    });
    const sink = context.sink('customer');
    for (const [customer, orders] of counts) await sink.put(customer, orders.toString());
  },
  async process(delta, context) {
    const table = context.table('customer');
    const add = async (customer: string, count: number): Promise<void> => {
      const orders = Number((await table.get(customer)) ?? 0) + count;
      if (orders === 0) table.del(customer);
      else table.put(customer, orders.toString());
    };
    for (const { before, after } of delta.events) {
      if (before !== undefined) await add(decode(before).customer, -1);
      if (after !== undefined) await add(decode(after).customer, 1);
    }
  },
});

export const version1 = {
  stores,
  tasks: [dayTask, customerTask],
  /** Every row of both stores. */
  rows: async (lease: Lease<typeof stores>) => ({
    days: await lease.store('days').selectFrom('day').selectAll().orderBy('day').execute(),
    customers: await lease.store('customers').table('customer').iterator().all(),
  }),
};
