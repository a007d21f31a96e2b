import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowArena } from '../../src/source/row-arena.ts';

describe('RowArena', () => {
  it('gives back what was pushed, also after it has grown and was cleared', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const property = fc.property(
      fc.array(fc.array(fc.tuple(bytes, bytes), { maxLength: 400, size: 'large' }), { maxLength: 3 }),
      (batches) => {
        const arena = new RowArena();
        for (const rows of batches) {
          arena.clear();
          for (const [key, value] of rows) arena.push(key, value);
          expect(arena.length).toBe(rows.length);
          expect(arena.bytes).toBe(rows.reduce((sum, [key, value]) => sum + key.length + value.length, 0));
          for (const [index, [key, value]] of rows.entries()) {
            expect(Buffer.compare(arena.key(index), key)).toBe(0);
            expect(Buffer.compare(arena.value(index), value)).toBe(0);
          }
        }
      },
    );
    fc.assert(property, { numRuns: 30 });
  });

  it('has no row beyond its last one', () => {
    const arena = new RowArena();
    arena.push(Buffer.of(1), Buffer.of(2));
    expect(() => arena.key(1)).toThrow(RangeError);
    expect(() => arena.value(-1)).toThrow(RangeError);
    expect(() => arena.key(NaN)).toThrow(RangeError);
  });

  it('copies slices of larger buffers, short and long', () => {
    const bytes = Uint8Array.from({ length: 3000 }, (_, i) => i % 251);
    const arena = new RowArena();
    for (let length = 0; length < 1200; length += 37)
      arena.pushSlices(bytes, 5, 5 + length, bytes, 9, 9 + 2 * length);
    for (let row = 0; row < arena.length; row++) {
      expect(Buffer.compare(arena.key(row), bytes.subarray(5, 5 + 37 * row))).toBe(0);
      expect(Buffer.compare(arena.value(row), bytes.subarray(9, 9 + 74 * row))).toBe(0);
    }
  });
});
