/** Proves that deltas give the tasks of the orders example the rows that a rebuild gives: run by `node`, with its own test runner. */
import { describe, it } from 'node:test';
import { taskSuite } from 'staged-reprocessor/testing';
import { ordersModel } from './orders/model.ts';
import { dailyTotals, searchIndex, stores } from './orders/tasks.ts';

taskSuite(
  { describe, it },
  { name: 'orders', stores, tasks: () => [searchIndex, dailyTotals], model: ordersModel, histories: 50 },
);
