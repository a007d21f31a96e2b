import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EntryBlock } from '../../../src/ozone/rocksdb/entry-block.ts';
import { hex } from '../checkpoint-fixtures.ts';
import { varint } from '../log-writing.ts';

interface Entry {
  readonly key: string;
  readonly sequence: number;
  readonly kind: number;
  readonly value: Uint8Array;
}

const FILE = 'x.sst';
const corrupt: unknown = expect.objectContaining({ code: 'REPROCESS_SOURCE_CORRUPT' });

/** A block with one restart point, as RocksDB writes it. */
function block(entries: readonly Entry[]): Buffer {
  let before = Buffer.alloc(0);
  const parts: Uint8Array[] = [];
  for (const { key, sequence, kind, value } of entries) {
    const trailer = Buffer.alloc(8);
    trailer.writeBigUInt64LE((BigInt(sequence) << 8n) | BigInt(kind));
    const internal = Buffer.concat([Buffer.from(key), trailer]);
    let shared = 0;
    while (shared < before.length && shared < internal.length && before[shared] === internal[shared])
      shared++;
    parts.push(
      varint(shared),
      varint(internal.length - shared),
      varint(value.length),
      internal.subarray(shared),
      value,
    );
    before = internal;
  }
  return Buffer.concat([...parts, Buffer.from([0, 0, 0, 0, 1, 0, 0, 0])]);
}

function decode(bytes: Uint8Array, into = new EntryBlock()): EntryBlock {
  into.decode(bytes, 0, bytes.length, FILE, 0);
  return into;
}

const put = (key: string, sequence = 1, value = new Uint8Array(3)): Entry => ({
  key,
  sequence,
  kind: 1,
  value,
});

describe('EntryBlock', () => {
  it('gives back the rows of several blocks', () => {
    const keys = fc.uniqueArray(fc.string({ maxLength: 300, unit: fc.constantFrom('a', 'b', '\0') }), {
      maxLength: 40,
    });
    const property = fc.property(
      keys,
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(39),
      (unsorted, value, middle) => {
        const entries = unsorted
          .sort()
          .map((key, i): Entry => ({ ...put(key, i * 2 ** 45, value), kind: i % 3 ? 1 : 0 }));
        const into = new EntryBlock();
        for (const part of [entries.slice(0, middle), entries.slice(middle)]) {
          decode(block(part), into);
          expect(into.plain).toBe(part.every(({ kind }) => kind === 1));
          part.forEach(({ key, sequence }, row) => {
            expect(Buffer.from(into.key(row)).toString()).toBe(key);
            expect(hex(into.value(row))).toBe(hex(value));
            expect(into.sequences[row]).toBe(sequence);
          });
          into.keepRows();
          expect(into.length).toBe(part.filter(({ kind }) => kind === 1).length);
        }
        expect(() => into.key(into.length)).toThrow(RangeError);
      },
    );
    fc.assert(property, { numRuns: 200 });
  });

  it('keeps the newest version of a key, also across blocks', () => {
    const into = decode(block([put('a', 9), put('a', 8), put('b', 7)]));
    into.keepRows();
    expect(into.length).toBe(2);
    decode(block([put('b', 6), put('c', 5)]), into).keepRows();
    expect(into.length).toBe(1);
    expect(Buffer.from(into.key(0)).toString()).toBe('c');
  });

  it('refuses keys that do not ascend, also across blocks', () => {
    for (const [before, after] of [
      ['b', 'a'],
      ['ab', 'a'],
    ] as const) {
      expect(() => decode(block([put(before), put(after)]))).toThrow(corrupt);
      const into = decode(block([put(before)]));
      expect(() => decode(block([put(after)]), into)).toThrow(corrupt);
    }
    expect(() => decode(block([put('a', 5), put('a', 6)]))).toThrow(corrupt);
    expect(() => decode(block([put('a', 5), put('a', 5)]))).toThrow(corrupt);
  });

  it('names what it has no code for', () => {
    for (const [kind, name] of [
      [2, /merge operand \(2\)/],
      [0x11, /blob index \(0x11\)/],
      [0x16, /wide-column entity \(0x16\)/],
      [99, /unknown kind 99/],
    ] as const) {
      expect(() => decode(block([{ ...put('a'), kind }]))).toThrow(name);
    }
    expect(() => decode(block([put('a', 2 ** 53)]))).toThrow(/above 2\^53/);
  });

  it('refuses lengths that leave the block, whatever they are', () => {
    const rest = [0, 0, 0, 0, 1, 0, 0, 0];
    const key = [0x61, 1, 0, 0, 0, 0, 0, 0, 0];
    for (const bytes of [
      [0, 9, 1, ...key],
      [0, 10, 0, ...key],
      [0, 7, 0, ...key],
      [1, 9, 0, ...key],
      [0, 9, 0xff, 0xff, 0xff, 0xff, 0x0f, ...key],
      [0, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, ...key],
      [0, 9, 0x80],
      [0, 9],
    ]) {
      expect(() => decode(Uint8Array.from([...bytes, ...rest]))).toThrow(corrupt);
    }
    for (const bytes of [
      [],
      [1, 0, 0],
      [9, 0, 0, 0],
      [0, 0, 0, 0x40],
      [0, 0, 0, 0x80],
      [9, 0, 0, 0, 0, 0x80],
    ]) {
      expect(() => decode(Uint8Array.from(bytes))).toThrow(corrupt);
    }
  });

  it('stays inside the block, whatever it holds', () => {
    const property = fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
      const padded = Uint8Array.from([...bytes, 0, 0, 0, 0, 0, 0, 0, 0, 0xee, 0xee, 0xee, 0xee]);
      const limit = bytes.length;
      const into = new EntryBlock();
      try {
        into.decode(padded, 0, limit + 4, FILE, 0);
      } catch (error) {
        expect(error).toMatchObject({ code: expect.stringMatching(/^REPROCESS_SOURCE_/) as string });
        return;
      }
      for (let row = 0; row < into.length; row++) expect(into.valueEnds[row]).toBeLessThanOrEqual(limit);
    });
    fc.assert(property, { numRuns: 3000 });
  });
});
