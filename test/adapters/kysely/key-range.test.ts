import { Buffer } from 'node:buffer';
import Database from 'better-sqlite3';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { rangeSql } from '../../../src/adapters/kysely/key-range.ts';
import { checkTableSet } from '../../../src/adapters/kysely/check-table-set.ts';
import { RowCodec } from '../../../src/adapters/kysely/row-codec.ts';
import { sqliteStore } from '../../../src/adapters/kysely/index.ts';
import type { KeyRange } from '../../../src/store/open-generation.ts';
import { batchOf } from './batch-of.ts';
import { contextOf, openStore, switchOf, temporaryFolder } from './totals-store.ts';

interface Keyed {
  t: { a: string; n: number; r: number; x: Uint8Array; big: bigint; v: string };
}

const tables = {
  t: {
    columns: { v: 'text', a: 'text', n: 'integer', r: 'real', x: 'blob', big: 'bigint' },
    primaryKey: ['a', 'n', 'big', 'r', 'x'],
  },
} as const;
const adapter = sqliteStore<Keyed>({ tables });

const key = fc.record({
  a: fc.constantFrom('', '\0', 'a', 'a\0', 'b'),
  n: fc.constantFrom(-2, 0, 1, 2 ** 40),
  big: fc.constantFrom(-(1n << 63n), 0n, 1n << 62n),
  r: fc.constantFrom(-1.5, 0, 0.5, Infinity),
  x: fc.uint8Array({ maxLength: 1, max: 1 }),
});
type Key = typeof key extends fc.Arbitrary<infer Value> ? Value : never;

/** As the engine gives it: the encoding of a key, or of its first columns, or of none of them. */
const bound = fc.tuple(key, fc.nat({ max: 5 })).map(([{ a, n, big, r, x }, columns]) => {
  const parts = Object.entries({ a, n, big, r, x }).slice(0, columns);
  return columns === 0 ? new Uint8Array(0) : adapter.encodeKey('t', Object.fromEntries(parts), columns < 5);
});

const range = fc.record(
  {
    gt: bound,
    gte: bound,
    lt: bound,
    lte: bound,
    prefix: bound,
    reverse: fc.boolean(),
    limit: fc.oneof(fc.nat({ max: 8 }), fc.constant(Infinity)),
  },
  { requiredKeys: [] },
);

function within(bytes: Buffer, { gt, gte, lt, lte, prefix }: KeyRange): boolean {
  if (gt !== undefined && Buffer.compare(bytes, gt) <= 0) return false;
  if (gte !== undefined && Buffer.compare(bytes, gte) < 0) return false;
  if (lt !== undefined && Buffer.compare(bytes, lt) >= 0) return false;
  if (lte !== undefined && Buffer.compare(bytes, lte) > 0) return false;
  return prefix === undefined || Buffer.compare(bytes.subarray(0, prefix.length), prefix) === 0;
}

test('a range is what comparing the encoded bytes gives, in live and in other generations', async () => {
  const store = await openStore(adapter, contextOf(temporaryFolder()));
  const keys = new Map<string, Key>();
  for (const one of fc.sample(key, { numRuns: 400, seed: 7 }))
    keys.set(Buffer.from(adapter.encodeKey('t', one, false)).toString('hex'), one);
  const batch = batchOf(adapter, 'x', { t: { put: [...keys.values()].map((one) => ({ ...one, v: 'v' })) } });
  for (const generation of [1, 2]) {
    await (await store.stage(generation)).finish();
    await store.prepare(generation);
    await store.apply(generation, batch);
  }
  await store.commit(switchOf(undefined, 1));
  const open = [await store.openGeneration(1), await store.openGeneration(2)];
  const sorted = [...keys.keys()].sort();
  expect(sorted.length).toBeGreaterThan(100);
  await fc.assert(
    fc.asyncProperty(range, async (given) => {
      const wanted = sorted.filter((hex) => within(Buffer.from(hex, 'hex'), given));
      if (given.reverse === true) wanted.reverse();
      for (const generation of open) {
        const found = (await Array.fromAsync(generation.rows('t', given))).flat();
        expect(found.map((row) => Buffer.from(row.key).toString('hex'))).toEqual(
          wanted.slice(0, given.limit ?? Infinity),
        );
      }
    }),
    { numRuns: 300, verbose: true },
  );
}, 60_000);

test('bytes that encode no columns are refused', async () => {
  const store = await openStore(adapter, contextOf(temporaryFolder()));
  await (await store.stage(1)).finish();
  const open = await store.openGeneration(1);
  await expect(Array.fromAsync(open.rows('t', { gt: new Uint8Array(1) }))).rejects.toThrow('cut off');
  const whole = adapter.encodeKey('t', { a: '', n: 0, big: 0n, r: 0, x: new Uint8Array() }, false);
  const longer = Buffer.concat([whole, Buffer.alloc(1)]);
  await expect(Array.fromAsync(open.rows('t', { lt: longer }))).rejects.toThrow('left over');
});

test.for([
  ['gt', '>'],
  ['gte', '>'],
  ['lt', '<'],
  ['lte', '<'],
  ['prefix', '='],
] as const)('SQLite searches the primary key for %s', ([name, sign]) => {
  const [table] = checkTableSet(tables, undefined).tables;
  if (table === undefined) throw new Error('no table');
  const db = new Database(':memory:');
  db.exec(`CREATE TABLE stored (v TEXT, a TEXT, n INTEGER, r REAL, x BLOB, big INTEGER,
    PRIMARY KEY (a, n, big, r, x)) WITHOUT ROWID; CREATE TEMP VIEW t AS SELECT * FROM main.stored`);
  const search = 'SEARCH main.stored USING PRIMARY KEY';
  for (const [parts, columns] of [
    [{ a: 'b' }, sign === '=' ? 'a=?' : `a${sign}?`],
    [{ a: 'b', n: 5 }, sign === '=' ? 'a=? AND n=?' : `(a,n)${sign}(?,?)`],
  ] as const) {
    const { sql, parameters } = rangeSql(new RowCodec(table), {
      [name]: adapter.encodeKey('t', parts, true),
    });
    const plan = db
      .prepare<unknown[], { detail: string }>(`EXPLAIN QUERY PLAN SELECT v FROM t ${sql}`)
      .all(...parameters);
    expect(plan.map(({ detail }) => detail)).toEqual([`${search} (${columns})`]);
  }
  db.close();
});
