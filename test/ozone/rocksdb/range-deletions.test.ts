import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RangeDeletion } from '../../../src/ozone/rocksdb/range-deletions.ts';
import { hides, RangeDeletionSweep } from '../../../src/ozone/rocksdb/range-deletions.ts';

const key = (n: number): Uint8Array => Uint8Array.of(n >> 4, n & 15);
const nat = fc.nat(60);

const deletions = fc.array(
  fc
    .record({
      start: nat,
      length: nat,
      sequence: fc.nat(30),
      bounds: fc.option(fc.tuple(nat, fc.nat(30), nat, fc.nat(30))),
    })
    .map(({ start, length, sequence, bounds }): RangeDeletion => {
      const deletion = { start: key(start), end: key(start + length), sequence };
      if (bounds === null) return deletion;
      const [low, lowSequence, more, highSequence] = bounds;
      const smallest = { userKey: key(low), sequence: lowSequence };
      return {
        ...deletion,
        within: { smallest, largest: { userKey: key(low + more), sequence: highSequence } },
      };
    }),
  { maxLength: 12 },
);

describe('RangeDeletionSweep', () => {
  it('says of ascending keys what each deletion says alone', () => {
    const entries = fc.array(fc.tuple(fc.nat(120), fc.nat(30)), { maxLength: 60 });
    const property = fc.property(deletions, entries, (all, unsorted) => {
      const sweep = new RangeDeletionSweep([...all].sort((a, b) => Buffer.compare(a.start, b.start)));
      for (const [n, sequence] of unsorted.sort((a, b) => a[0] - b[0])) {
        const expected = all.some((deletion) => hides(deletion, key(n), 0, 2, sequence));
        expect(sweep.hides(key(n), 0, 2, sequence)).toBe(expected);
      }
    });
    fc.assert(property, { numRuns: 500 });
  });

  it('hides what is older, from start to before end, within the bounds of its file', () => {
    const plain: RangeDeletion = { start: key(10), end: key(20), sequence: 5 };
    const at = (deletion: RangeDeletion, n: number, sequence: number): boolean =>
      hides(deletion, key(n), 0, 2, sequence);
    expect([at(plain, 9, 1), at(plain, 10, 4), at(plain, 10, 5), at(plain, 19, 0), at(plain, 20, 0)]).toEqual(
      [false, true, false, true, false],
    );
    // The file ends with version 3 of key 15: older versions of it lie in the next file, as do later keys.
    const within = {
      smallest: { userKey: key(12), sequence: 4 },
      largest: { userKey: key(15), sequence: 3 },
    };
    const split: RangeDeletion = { ...plain, within };
    expect([
      at(split, 11, 1),
      at(split, 12, 4),
      at(split, 15, 3),
      at(split, 15, 2),
      at(split, 16, 0),
    ]).toEqual([false, true, true, false, false]);
  });
});
