import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';

interface Counts {
  count: { k: string; n: number; big: bigint; low: number | null; high: string; at: number };
}

const adapter = sqliteStore<Counts>({
  tables: {
    count: {
      columns: {
        k: 'text',
        n: 'integer',
        big: 'bigint',
        low: { type: 'real', nullable: true },
        high: 'text',
        at: { type: 'integer', volatile: true },
      },
      primaryKey: ['k'],
      merge: { n: 'sum', big: 'sum', low: 'min' },
    },
  },
});

const value = (row: object): Uint8Array => adapter.encodeRow('count', [{ k: 'k', ...row }]).value;
const merge = (left: Uint8Array, right: Uint8Array): Uint8Array => {
  const rule = adapter.tables[0]?.merge;
  if (rule === undefined) throw new Error('the table has no merge rule');
  return rule(left, right);
};

test('sums, keeps the least, and the greatest where there is no rule', () => {
  const left = value({ n: 2, big: 1n << 62n, low: null, high: 'é', at: 5 });
  const right = value({ n: 3, big: -1n, low: 1.5, high: 'z', at: 4 });
  expect(merge(left, right)).toEqual(value({ n: 5, big: (1n << 62n) - 1n, low: 1.5, high: 'é', at: 5 }));
});

test('a sum that its column cannot hold is refused', () => {
  const row = { n: 1, big: (1n << 63n) - 1n, low: null, high: '', at: 0 };
  expect(() => merge(value(row), value(row))).toThrow(TypeError);
  const other = { ...row, n: Number.MAX_SAFE_INTEGER, big: 0n };
  expect(() => merge(value(other), value({ ...row, big: 0n }))).toThrow(TypeError);
});

test('is associative and commutative', () => {
  const row = fc.record({
    n: fc.integer(),
    big: fc.bigInt({ min: -(1n << 60n), max: 1n << 60n }),
    low: fc.option(fc.double({ noNaN: true })),
    high: fc.string({ unit: 'binary' }),
    at: fc.nat(),
  });
  fc.assert(
    fc.property(row, row, row, (a, b, c) => {
      expect(merge(value(a), value(b))).toEqual(merge(value(b), value(a)));
      expect(merge(merge(value(a), value(b)), value(c))).toEqual(merge(value(a), merge(value(b), value(c))));
    }),
    { verbose: true },
  );
});

test('a table without rules has none', () => {
  const plain = sqliteStore<{ t: { k: string } }>({
    tables: { t: { columns: { k: 'text' }, primaryKey: ['k'] } },
  });
  expect(plain.tables).toEqual([{ name: 't' }]);
});
