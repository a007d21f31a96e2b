import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeNSSummary,
  decodeNSSummaryKey,
  encodeNSSummary,
  encodeNSSummaryKey,
  type NSSummary,
} from '../../../src/recon/index.ts';

const bins = (first: number): number[] => [first, ...Array<number>(40).fill(0)];

const dirA: NSSummary = {
  numOfFiles: 3,
  sizeOfFiles: 3500n,
  replicatedSizeOfFiles: 10500n,
  fileSizeBucket: bins(1),
  childDir: [5101n],
  dirName: 'dirA',
  parentId: 5001n,
};

describe('the encoding of NSSummary', () => {
  it('is that of the test vector', () => {
    const hex = Buffer.from(encodeNSSummary(dirA)).toString('hex');
    const tail = [
      '00000001',
      '00000000000013ed',
      '00000004',
      '64697241',
      '0000000000001389',
      '0000000000002904',
    ];
    expect(hex).toBe(`000000030000000000000dac002900000001${'00000000'.repeat(40)}${tail.join('')}`);
    expect(hex.length / 2).toBe(214);
  });

  it('of an empty row takes 202 bytes', () => {
    const empty = { ...dirA, childDir: [], dirName: '', fileSizeBucket: bins(0) };
    expect(encodeNSSummary(empty)).toHaveLength(202);
  });

  it('reads what it writes, and sorts the children by their bytes', () => {
    const id = fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n });
    const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 });
    const row = fc.record({
      numOfFiles: int32,
      sizeOfFiles: id,
      replicatedSizeOfFiles: id,
      fileSizeBucket: fc.array(int32, { minLength: 41, maxLength: 41 }),
      childDir: fc.uniqueArray(id),
      dirName: fc.string({ unit: 'grapheme' }),
      parentId: id,
    });
    fc.assert(
      fc.property(row, (summary) => {
        const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
        const childDir = summary.childDir.toSorted((a, b) => (unsigned(a) < unsigned(b) ? -1 : 1));
        expect(decodeNSSummary(encodeNSSummary(summary))).toEqual({ ...summary, childDir });
      }),
    );
  });

  it('reads rows of old versions', () => {
    const bytes = encodeNSSummary(dirA);
    expect(decodeNSSummary(bytes.subarray(0, bytes.length - 8)).replicatedSizeOfFiles).toBe(-1n);
    expect(decodeNSSummary(bytes.subarray(0, bytes.length - 8)).parentId).toBe(5001n);
    expect(decodeNSSummary(bytes.subarray(0, bytes.length - 16)).parentId).toBe(-1n);
  });

  it('refuses what is no row', () => {
    const bytes = encodeNSSummary(dirA);
    expect(() => decodeNSSummary(bytes.subarray(0, 50))).toThrow(TypeError);
    expect(() => decodeNSSummary(bytes.subarray(0, 196))).toThrow('Expected a row of namespaceSummaryTable');
    expect(() => encodeNSSummary({ ...dirA, fileSizeBucket: [1] })).toThrow('Expected `fileSizeBucket`');
  });

  it('has the object id as key', () => {
    const id = -9223372036854775552n;
    expect(Buffer.from(encodeNSSummaryKey(id)).toString('hex')).toBe('8000000000000100');
    expect(decodeNSSummaryKey(encodeNSSummaryKey(id))).toBe(id);
    expect(() => decodeNSSummaryKey(new Uint8Array(7))).toThrow(TypeError);
  });
});
