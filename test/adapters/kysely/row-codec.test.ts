import { Buffer } from 'node:buffer';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import { lease, openStore, contextOf, temporaryFolder } from './totals-store.ts';

interface Mixed {
  'odd "table" [x]': {
    t: string;
    i: number;
    b: bigint;
    r: number;
    x: Uint8Array;
    select: string | null;
    'a.b': bigint | null;
  };
}

const TABLE = 'odd "table" [x]';
const adapter = sqliteStore<Mixed>({
  tables: {
    [TABLE]: {
      columns: {
        t: 'text',
        i: 'integer',
        b: 'bigint',
        r: 'real',
        x: 'blob',
        select: { type: 'text', nullable: true },
        'a.b': { type: 'bigint', nullable: true },
      },
      primaryKey: ['t', 'i', 'b', 'r', 'x'],
    },
  },
});

const INT64 = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
const row = fc.record({
  t: fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 4 }),
    fc.constantFrom('', '\0', '\0\0', 'a', 'a\0', 'é', '\u{1f600}', '\uffff'),
  ),
  i: fc.oneof(fc.maxSafeInteger(), fc.integer({ min: -2, max: 2 })),
  b: fc.oneof(INT64, fc.bigInt({ min: -2n, max: 2n })),
  r: fc.double({ noNaN: true }),
  x: fc.uint8Array({ maxLength: 3 }),
  select: fc.option(fc.string({ unit: 'binary', maxLength: 9 })),
  'a.b': fc.option(INT64),
});

test('rows come back from SQLite as the same bytes, in the order of the encoded keys', async () => {
  const store = await openStore(adapter, contextOf(temporaryFolder()));
  let generation = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(row, { maxLength: 40 }), async (rows) => {
      generation++;
      const encoded = new Map(
        rows.map((one) => {
          const bytes = adapter.encodeRow(TABLE, [one]);
          return [Buffer.from(bytes.key).toString('hex'), { one, bytes }];
        }),
      );
      const writer = await store.stage(generation);
      const bulk = writer.table(TABLE);
      for (const { bytes } of encoded.values())
        bulk.put(bytes.key, bytes.key.length, bytes.value, bytes.value.length);
      await writer.finish();
      const open = await store.openGeneration(generation);
      const found: string[][] = [];
      for await (const batch of open.rows(TABLE)) {
        for (const { key, value } of batch)
          found.push([key, value].map((part) => Buffer.from(part).toString('hex')));
      }
      const sorted = [...encoded.values()]
        .map(({ bytes }) => [bytes.key, bytes.value].map((part) => Buffer.from(part).toString('hex')))
        .sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
      expect(found).toEqual(sorted);
      expect(await open.count(TABLE)).toBe(encoded.size);
      const plain = await lease(open).reader.selectFrom(TABLE).selectAll().execute();
      expect(plain).toHaveLength(encoded.size);
      for (const { one, bytes } of encoded.values()) {
        const value = await open.get(TABLE, bytes.key);
        expect(Buffer.compare(value ?? Buffer.alloc(0), bytes.value)).toBe(0);
        expect(plain).toContainEqual({ ...one, r: one.r === 0 ? 0 : one.r, x: Buffer.from(one.x) });
      }
      await open.close();
      await store.discard(generation);
    }),
    { numRuns: 40, verbose: true },
  );
}, 60_000);

const whole = { t: '', i: 0, b: 0n, r: 0, x: new Uint8Array(0), select: null, 'a.b': null };

test.for([
  ['t', 5],
  ['t', '\ud800'],
  ['t', null],
  ['i', 1.5],
  ['i', 2 ** 53],
  ['i', 1n],
  ['b', 1],
  ['b', 1n << 63n],
  ['r', NaN],
  ['r', '1'],
  ['x', [1]],
  ['x', undefined],
  ['a.b', 0],
  ['unknown', 1],
])('a row with %s = %o is refused', ([name, value]) => {
  expect(() => adapter.encodeRow(TABLE, [{ ...whole, [String(name)]: value }])).toThrow(TypeError);
});

test('only one object of a known table is a row', () => {
  expect(() => adapter.encodeRow('other', [whole])).toThrow(TypeError);
  expect(() => adapter.encodeRow(TABLE, [])).toThrow(TypeError);
  expect(() => adapter.encodeRow(TABLE, [whole, whole])).toThrow(TypeError);
  expect(() => adapter.encodeRow(TABLE, [null])).toThrow(TypeError);
});
