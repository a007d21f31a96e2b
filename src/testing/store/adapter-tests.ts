import assert from 'node:assert/strict';
import type { SuiteRunner } from '../suite-runner.ts';
import { hex, storeTest } from './bench.ts';
import type { StoreSuiteOptions } from './subject.ts';

/** What an adapter says of itself, before anything is opened. */
export function adapterTests<Reader>(runner: SuiteRunner, options: StoreSuiteOptions<Reader>): void {
  storeTest(runner, options, 'the adapter names its kind, what it supports and its tables', async (bench) => {
    const { adapter, tables } = bench.subject;
    assert.ok(adapter.kind.length > 0);
    assert.deepEqual({ ...adapter.supports }, { ...options.supports });
    assert.deepEqual(
      adapter.tables.map(({ name }) => name).toSorted(),
      tables.map(({ name }) => name).toSorted(),
    );
    assert.equal(
      new Set(adapter.tables.map(({ name }) => name)).size,
      adapter.tables.length,
      'names are unique',
    );
    assert.equal(
      bench.store.adopt !== undefined,
      adapter.supports.adopt,
      'adopt() is there as `supports` says',
    );
  });

  storeTest(
    runner,
    options,
    'encodeRow gives every row a key of its own and the same bytes every time',
    async (bench) => {
      for (const table of bench.subject.tables) {
        const keys = new Set<string | undefined>();
        for (let index = 0; index < 100; index += 1) {
          const row = bench.encode(table, table.row(index, 0));
          const again = bench.encode(table, table.row(index, 0));
          const other = bench.encode(table, table.row(index, 1));
          assert.equal(hex(again.key), hex(row.key));
          assert.equal(hex(again.value), hex(row.value));
          assert.equal(hex(other.key), hex(row.key), 'a variant has the same key');
          assert.notEqual(hex(other.value), hex(row.value), 'a variant has another value');
          keys.add(hex(row.key));
        }
        assert.equal(keys.size, 100);
      }
    },
  );

  storeTest(
    runner,
    options,
    'encodeRow refuses what is no row of the table with a TypeError',
    async (bench) => {
      const { adapter, tables } = bench.subject;
      for (const table of tables) {
        const row = table.row(0, 0);
        assert.throws(() => adapter.encodeRow(table.name, []), TypeError, 'no arguments');
        assert.throws(
          () => adapter.encodeRow(table.name, row.slice(0, -1)),
          TypeError,
          'one argument too few',
        );
        assert.throws(() => adapter.encodeRow(table.name, [...row, 1]), TypeError, 'one argument too many');
        assert.throws(() => adapter.encodeRow('no-such-table', row), TypeError, 'an unknown table');
        assert.throws(() => adapter.encodeRow('__proto__', row), TypeError, 'a name of every object');
      }
    },
  );

  storeTest(runner, options, 'encodeKey and decodeRow agree with encodeRow', async (bench) => {
    const { adapter, tables } = bench.subject;
    for (const table of tables) {
      for (let index = 0; index < 100; index += 1) {
        const row = bench.encode(table, table.row(index, index % 10));
        for (const partial of [false, true]) {
          const key = Buffer.from(adapter.encodeKey(table.name, table.key(index), partial));
          assert.equal(hex(key), hex(row.key), `the key of row ${String(index)} of ${table.name}`);
        }
        const before = [hex(row.key), hex(row.value)];
        const decoded = adapter.decodeRow(table.name, row);
        const again = bench.encode(table, decoded);
        assert.deepEqual([hex(again.key), hex(again.value)], before, 'what is decoded is encoded the same');
        assert.deepEqual([hex(row.key), hex(row.value)], before, 'decodeRow leaves its argument alone');
      }
    }
  });

  storeTest(
    runner,
    options,
    'encodeKey refuses what is no key of the table with a TypeError',
    async (bench) => {
      const { adapter, tables } = bench.subject;
      for (const table of tables) {
        for (const partial of [false, true]) {
          const refused = (name: string, key: unknown, what: string): void => {
            assert.throws(() => adapter.encodeKey(name, key, partial), TypeError, what);
          };
          refused('no-such-table', table.key(0), 'an unknown table');
          refused('__proto__', table.key(0), 'a name of every object');
          refused(table.name, undefined, 'no key');
        }
        for (const part of table.partialKeys?.(0) ?? []) {
          assert.ok(adapter.encodeKey(table.name, part, true).length > 0, 'a part of a key bounds a range');
        }
      }
    },
  );

  storeTest(
    runner,
    options,
    'comparable takes nothing away twice, and changes no argument',
    async (bench) => {
      const { adapter, tables } = bench.subject;
      for (const table of tables) {
        for (let variant = 0; variant < 10; variant += 1) {
          const { value } = bench.encode(table, table.row(1, variant));
          const before = hex(value);
          const once = Buffer.from(adapter.comparable?.(table.name, value) ?? value);
          const twice = adapter.comparable?.(table.name, Buffer.from(once)) ?? once;
          assert.equal(hex(twice), hex(once), `comparable(${table.name}) of what it gave`);
          assert.equal(hex(value), before, 'the argument');
        }
      }
    },
  );

  storeTest(
    runner,
    options,
    'merge rules are associative, commutative and change no argument',
    async (bench) => {
      for (const { name, merge } of bench.subject.adapter.tables) {
        const table = bench.subject.tables.find((candidate) => candidate.name === name);
        if (merge === undefined || table === undefined) continue;
        const value = (variant: number): Uint8Array => bench.encode(table, table.row(1, variant)).value;
        const [a, b, c] = [value(0), value(1), value(2)];
        const before = [a, b, c].map(hex);
        assert.equal(hex(merge(a, b)), hex(merge(b, a)), `merge of ${name} is commutative`);
        assert.equal(
          hex(merge(merge(a, b), c)),
          hex(merge(a, merge(b, c))),
          `merge of ${name} is associative`,
        );
        assert.deepEqual([a, b, c].map(hex), before, `merge of ${name} leaves its arguments alone`);
      }
    },
  );
}
