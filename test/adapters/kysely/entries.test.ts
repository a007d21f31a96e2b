import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';

interface Mixed {
  t: { a: string; n: number; at: number | null; big: bigint; x: Uint8Array | null };
  plain: { id: number };
}

const plain = { columns: { id: 'integer' }, primaryKey: ['id'] } as const;
const adapter = sqliteStore<Mixed>({
  tables: {
    t: {
      columns: {
        n: 'integer',
        a: 'text',
        at: { type: 'real', nullable: true, volatile: true },
        big: 'bigint',
        x: { type: 'blob', nullable: true },
      },
      primaryKey: ['a', 'n'],
    },
    plain,
  },
});

test('a row is decoded into what was put', () => {
  const row = fc.record({
    a: fc.string({ unit: 'binary' }),
    n: fc.maxSafeInteger(),
    at: fc.option(fc.double({ noNaN: true }).map((value) => (value === 0 ? 0 : value))),
    big: fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }),
    x: fc.option(fc.uint8Array()),
  });
  fc.assert(
    fc.property(row, (one) => {
      const bytes = adapter.encodeRow('t', [one]);
      const [decoded] = adapter.decodeRow('t', bytes);
      bytes.value.fill(0);
      expect(decoded).toEqual(one);
      expect(adapter.encodeKey('t', { n: one.n, a: one.a }, false)).toEqual(bytes.key);
      const first = adapter.encodeKey('t', { a: one.a }, true);
      expect(bytes.key.subarray(0, first.length)).toEqual(first);
      expect(adapter.encodeKey('t', { a: one.a, n: one.n }, true)).toEqual(bytes.key);
    }),
    { verbose: true },
  );
});

test.for<[unknown, boolean, string]>([
  [5, false, '`t key`'],
  [null, true, '`t key`'],
  [{}, false, '`t key`'],
  [{}, true, '`t key`'],
  [{ a: undefined }, true, '`t key`'],
  [{ a: 'a' }, false, '`t key`'],
  [{ n: 1 }, true, '`t key`'],
  [{ a: 'a', n: 1, big: 1n }, false, '`t key`'],
  [{ a: 'a', big: 1n }, true, '`t key`'],
  [{ a: 'a', n: 1.5 }, false, '`t.n`'],
  [{ a: null }, true, '`t.a`'],
])('%o (partial: %s) is no key', ([key, partial, named]) => {
  expect(() => adapter.encodeKey('t', key, partial)).toThrow(TypeError);
  expect(() => adapter.encodeKey('t', key, partial)).toThrow(`Expected ${named} to be`);
});

test('no other table has keys or rows', () => {
  expect(() => adapter.encodeKey('u', { a: 'a' }, true)).toThrow(TypeError);
  expect(() => adapter.decodeRow('u', adapter.encodeRow('plain', [{ id: 1 }]))).toThrow(TypeError);
});

test('volatile columns are left out of what is compared', () => {
  const value = (at: number | null, big = 1n): Uint8Array =>
    adapter.encodeRow('t', [{ a: 'a', n: 1, at, big, x: null }]).value;
  const comparable = (bytes: Uint8Array): Uint8Array | undefined => adapter.comparable?.('t', bytes);
  expect(comparable(value(5))).toEqual(value(null));
  expect(comparable(value(5))).not.toEqual(comparable(value(5, 2n)));
  const { value: other } = adapter.encodeRow('plain', [{ id: 1 }]);
  expect(adapter.comparable?.('plain', other)).toEqual(other);
  expect(sqliteStore<{ plain: Mixed['plain'] }>({ tables: { plain } })).not.toHaveProperty('comparable');
});
