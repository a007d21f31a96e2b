/** What may happen to orders: the model from which the task suite makes its histories. */
import { rowsModel } from 'staged-reprocessor/testing';
import type { Order } from './tasks.ts';

const WORDS = ['blue', 'green', 'red', 'kettle', 'cup'];

export const ordersModel = rowsModel({
  orders: {
    keys: 8,
    value(random) {
      const order: Order = {
        day: `2026-11-2${String(random.below(3))}`,
        cents: random.below(5000),
        text: `${random.pick(WORDS)} ${random.pick(WORDS)}`,
      };
      return JSON.stringify(order);
    },
  },
});
