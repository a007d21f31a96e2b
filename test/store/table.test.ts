import { describe, expect, it } from 'vitest';
import { mergeDecoded, sumInt64 } from '../../src/store/merge-rule.ts';
import { json } from '../../src/store/table-encoding.ts';
import { defineTables, encodeTableRow, tableLayouts, tableNamed } from '../../src/store/table.ts';

const words = { keyEncoding: 'utf8', valueEncoding: 'json' } as const;

describe('table definitions', () => {
  it('become layouts, with their merge rules', () => {
    const tables = defineTables({ words, counts: { ...words, merge: sumInt64 } });
    expect(tableLayouts(tables)).toEqual([{ name: 'words' }, { name: 'counts', merge: sumInt64 }]);
    expect('merge' in (tableLayouts(tables)[0] ?? {})).toBe(false);
    expect(tableNamed(tables, 'words').name).toBe('words');
    expect(() => tableNamed(tables, 'toString')).toThrow(TypeError);
  });

  it('have names that a sublevel can have, and not the one of the library', () => {
    const named = (name: string) => () => defineTables({ [name]: words });
    for (const name of [
      'a',
      'namespaceSummaryTable',
      'a-b_c.d',
      '#',
      '~',
      'staged-reprocessor-2',
      '__proto__x',
    ]) {
      expect(named(name)).not.toThrow();
    }
    for (const name of [
      '',
      '!',
      '!staged-reprocessor!',
      'staged-reprocessor',
      'a!',
      'a b',
      '"',
      'ä',
      'a\n',
    ]) {
      expect(named(name)).toThrow(TypeError);
    }
  });

  it('encode rows, and refuse what is none', () => {
    const tables = defineTables({
      words,
      typed: { keyEncoding: 'utf8', valueEncoding: json<{ a: number }>() },
      bytes: { keyEncoding: 'view', valueEncoding: 'buffer' },
      own: {
        keyEncoding: 'utf8',
        valueEncoding: {
          name: 'uint8',
          format: 'view',
          encode: (value: number) => Uint8Array.of(value),
          decode: (bytes: Uint8Array) => bytes[0] ?? 0,
        },
      },
    });
    const encoded = (table: string, ...row: unknown[]) => {
      const { key, value } = encodeTableRow(tables, table, row);
      return [Buffer.from(key).toString('latin1'), Buffer.from(value).toString('latin1')];
    };
    expect(encoded('words', 'blue', { n: 1 })).toEqual(['blue', '{"n":1}']);
    expect(encoded('words', 'ü', null)).toEqual([Buffer.from('ü').toString('latin1'), 'null']);
    expect(encoded('typed', '', [])).toEqual(['', '[]']);
    expect(encoded('bytes', Uint8Array.of(65, 66), Buffer.from('C'))).toEqual(['AB', 'C']);
    expect(encoded('own', 'k', 7)).toEqual(['k', '\u0007']);
    expect(() => encoded('words', 'k', undefined)).toThrow(TypeError);
    expect(() => encoded('words', 'k', () => 1)).toThrow(TypeError);
    expect(() => encoded('words', 'k', 1n)).toThrow(TypeError);
    expect(() => encoded('words', 5, 1)).toThrow(TypeError);
    expect(() => encoded('bytes', 'text', Buffer.of(1))).toThrow(TypeError);
    expect(() => encoded('words', 'k')).toThrow(TypeError);
    expect(() => encoded('words', 'k', 1, 2)).toThrow(TypeError);
    expect(() => encoded('constructor', 'k', 1)).toThrow(TypeError);
  });
});

describe('merge rules', () => {
  const int64 = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64BE(value);
    return bytes;
  };

  it('sumInt64 adds signed integers, big-endian, wherever they lie in their buffer', () => {
    const sum = (left: bigint, right: bigint) =>
      Buffer.from(sumInt64(int64(left), int64(right))).readBigInt64BE();
    expect(sum(2n, 3n)).toBe(5n);
    expect(sum(-7n, 3n)).toBe(-4n);
    expect(sum(2n ** 62n, 2n ** 62n - 1n)).toBe(2n ** 63n - 1n);
    expect(() => sum(2n ** 62n, 2n ** 62n)).toThrow(RangeError);
    expect(() => sumInt64(Buffer.alloc(4), int64(1n))).toThrow(TypeError);
    expect(() => sumInt64(int64(1n), Buffer.alloc(9))).toThrow(TypeError);
    const within = Buffer.concat([Buffer.of(9), int64(5n), Buffer.of(9)]).subarray(1, 9);
    expect(Buffer.from(sumInt64(within, within)).readBigInt64BE()).toBe(10n);
  });

  it('mergeDecoded merges what the encoding reads', () => {
    const union = mergeDecoded(json<string[]>(), (left, right) => [...new Set([...left, ...right])].sort());
    const merged = union(Buffer.from('["b","a"]'), Buffer.from('["c","a"]'));
    expect(Buffer.from(merged).toString()).toBe('["a","b","c"]');
    const longest = mergeDecoded('utf8', (left, right) => (left.length > right.length ? left : right));
    expect(Buffer.from(longest(Buffer.from('aa'), Buffer.from('b'))).toString()).toBe('aa');
  });
});
