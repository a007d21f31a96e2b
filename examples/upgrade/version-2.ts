import { defineTask, type Lease } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { json, levelStore } from 'staged-reprocessor/level';
import { decode, type Order } from './shop.ts';

interface Total {
  readonly count: number;
  readonly cents: number;
}

/** Version 2: the same tables with other columns, and with other values. */
const days = sqliteStore<{ day: { day: string } & Total }>({
  tables: {
    day: { columns: { day: 'text', count: 'integer', cents: 'integer' }, primaryKey: ['day'] },
  },
});
const customers = levelStore({ tables: { customer: { keyEncoding: 'utf8', valueEncoding: json<Total>() } } });
const stores = { days, customers };

const added = (total: Total | undefined, { cents }: Order, sign: 1 | -1 = 1): Total => ({
  count: (total?.count ?? 0) + sign,
  cents: (total?.cents ?? 0) + sign * cents,
});

const dayTask = defineTask<typeof days, 'days'>({
  taskName: 'Days',
  version: 2,
  store: 'days',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const totals = new Map<string, Total>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const order = decode(batch.value(i));
          totals.set(order.day, added(totals.get(order.day), order));
        }
      },
    });
    const sink = context.sink('day');
    for (const [day, total] of totals) await sink.put({ day, ...total });
  },
  async process(delta, context) {
    const table = context.table('day');
    const add = async (order: Order, sign: 1 | -1): Promise<void> => {
      const { day } = order;
      const total = added(await table.get({ day }), order, sign);
      if (total.count === 0) table.del({ day });
      else table.put({ day, ...total });
    };
    for (const { before, after } of delta.events) {
      if (before !== undefined) await add(decode(before), -1);
      if (after !== undefined) await add(decode(after), 1);
    }
  },
});

const customerTask = defineTask<typeof customers, 'customers'>({
  taskName: 'Customers',
  version: 2,
  store: 'customers',
  sourceTables: ['orders'],
  async reprocess(snapshot, context) {
    const totals = new Map<string, Total>();
    await snapshot.scan('orders', {
      rows(batch) {
        for (let i = 0; i < batch.length; i++) {
          const order = decode(batch.value(i));
          totals.set(order.customer, added(totals.get(order.customer), order));
        }
      },
    });
    const sink = context.sink('customer');
    for (const [customer, total] of totals) await sink.put(customer, total);
  },
  async process(delta, context) {
    const table = context.table('customer');
    const add = async (order: Order, sign: 1 | -1): Promise<void> => {
      const { customer } = order;
      const total = added(await table.get(customer), order, sign);
      if (total.count === 0) table.del(customer);
      else table.put(customer, total);
    };
    for (const { before, after } of delta.events) {
      if (before !== undefined) await add(decode(before), -1);
      if (after !== undefined) await add(decode(after), 1);
    }
  },
});

export const version2 = {
  stores,
  tasks: [dayTask, customerTask],
  /** Every row of both stores. */
  rows: async (lease: Lease<typeof stores>) => ({
    days: await lease.store('days').selectFrom('day').selectAll().orderBy('day').execute(),
    customers: await lease.store('customers').table('customer').iterator().all(),
  }),
};
