import type { BytesOrText } from '../../src/source/bytes-or-text.ts';
import type { SeededRandom, SourceChange, SourceModel } from '../../src/testing/index.ts';

/** The keys that a table may have, and what may stand behind them. */
export interface KeyedTable {
  readonly keys: readonly BytesOrText[];
  readonly value: (random: SeededRandom) => BytesOrText;
}

/**
 * A source of few rows with given keys. An operation is a batch of one to five changes: rows come, are overwritten (also
 * with what they are), move to another key, go, go twice, and go and come again.
 */
export function keyedModel(tables: Readonly<Record<string, KeyedTable>>): SourceModel {
  const named = Object.entries(tables);
  return {
    tables: Object.keys(tables),
    initial: (random) =>
      Object.fromEntries(
        named.map(([table, { keys, value }]) => [
          table,
          keys.filter(() => random.below(2) === 0).map((key) => [key, value(random)] as const),
        ]),
      ),
    operation: (random, rows) =>
      Array.from({ length: 1 + random.below(5) }, (): readonly SourceChange[] => {
        const [table, shape] = random.pick(named);
        const key = random.pick(shape.keys);
        const value = rows.get(table, key);
        const fresh = shape.value(random);
        switch (random.below(10)) {
          case 0:
          case 1:
            return [{ table, key }];
          case 2:
            return [
              { table, key },
              { table, key },
            ];
          case 3:
            return [
              { table, key },
              { table, key, value: random.below(2) === 0 ? (value ?? fresh) : fresh },
            ];
          case 4:
            return [{ table, key, value: value ?? fresh }];
          case 5:
            return [
              { table, key: random.pick(shape.keys), value: value ?? fresh },
              { table, key },
            ];
          default:
            return [{ table, key, value: fresh }];
        }
      }).flat(),
  };
}
