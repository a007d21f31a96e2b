import { describe, it } from 'vitest';
import { stores, tasks } from '../../examples/outbox/derived-data.ts';
import { rowsModel, taskSuite } from '../../src/testing/index.ts';

const model = rowsModel({
  orders: {
    keys: 8,
    value: (random, id) =>
      JSON.stringify({
        id,
        day: random.pick(['2026-11-20', '2026-11-21', '2026-11-22']),
        cents: random.below(1000),
        note: random.pick(['cup', 'kettle']),
      }),
  },
});

// The outbox is written by PostgreSQL: there is no order that cannot be decoded.
taskSuite(
  { describe, it },
  {
    name: 'orders of the outbox',
    stores,
    tasks: () => tasks,
    model,
    histories: 50,
    hostedHistories: 2,
    corrupt: false,
  },
);
