import type { ModelRows, SeededRandom, SourceModel } from '../../../src/testing/index.ts';
import { firstBuckets } from './bucket-operations.ts';
import { OM_TABLES, OmModel } from './om-model.ts';
import { OPERATIONS } from './operations.ts';
import { ORDERLY } from './plans.ts';

/** What is there after the first operation of a history. */
const FIRST_OPERATIONS = 25;
const TRIES = 10;

/** The Ozone Manager that each history's rows are of: the suite hands in the same rows throughout a history. */
const managers = new WeakMap<ModelRows, OmModel>();

/** The model for the published task suite: each of its operations is a flush of one operation, the first one of many. */
export const omSourceModel: SourceModel = {
  tables: OM_TABLES,
  initial: () => ({}),
  operation(random, rows) {
    let om = managers.get(rows);
    if (om === undefined) {
      om = new OmModel();
      managers.set(rows, om);
      firstBuckets(om);
      for (let count = 0; count < FIRST_OPERATIONS; count++) operate(om, random);
    }
    operate(om, random);
    return om.flush();
  },
};

function operate(om: OmModel, random: SeededRandom): void {
  for (let tries = 0; tries < TRIES; tries++) {
    if (OPERATIONS[random.pick(ORDERLY)]?.(om, random) !== undefined) return;
  }
}
