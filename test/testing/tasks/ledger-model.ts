import { rowsModel, type SeededRandom } from '../../../src/testing/index.ts';

const ACCOUNTS = ['ann', 'bob', 'cid'];
const TAGS = ['new', 'old', 'big', 'red'];

const entry = (random: SeededRandom): string =>
  JSON.stringify({
    account: random.pick(ACCOUNTS),
    cents: 1 + random.below(50),
    tags: TAGS.filter(() => random.below(3) === 0),
  });

/** A source of few keys and few values, so that entries meet each other. */
export const ledgerModel = rowsModel({
  sales: { keys: 6, value: entry },
  refunds: { keys: 4, value: entry },
});
