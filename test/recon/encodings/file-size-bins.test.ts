import { describe, expect, it } from 'vitest';
import { fileSizeBin, fileSizeUpperBound } from '../../../src/recon/index.ts';

const MAX_LONG = 9223372036854775807n;

describe('file size bins', () => {
  it.each([
    [0n, 0, 1024n],
    [1n, 0, 1024n],
    [1024n, 0, 1024n],
    [1025n, 1, 2048n],
    [2048n, 1, 2048n],
    [2049n, 2, 4096n],
    [1n << 32n, 22, 1n << 32n],
    [(1n << 32n) + 1n, 23, 1n << 33n],
    [1n << 33n, 23, 1n << 33n],
    [1n << 49n, 39, 1n << 49n],
    [(1n << 49n) + 1n, 40, 1n << 50n],
    [(1n << 50n) - 1n, 40, 1n << 50n],
    [1n << 50n, 40, MAX_LONG],
    [MAX_LONG, 40, MAX_LONG],
  ])('puts %d bytes into bin %d, up to %d', (size, bin, bound) => {
    expect(fileSizeBin(size)).toBe(bin);
    expect(fileSizeUpperBound(size)).toBe(bound);
    if (size <= BigInt(Number.MAX_SAFE_INTEGER)) expect(fileSizeBin(Number(size))).toBe(bin);
  });

  it('agrees with the definition at every border', () => {
    for (let power = 10n; power < 50n; power++) {
      for (const size of [(1n << power) - 1n, 1n << power, (1n << power) + 1n]) {
        const bound = Array.from({ length: 41 }, (_, bin) => 1n << BigInt(10 + bin)).find(
          (upper) => size <= upper,
        );
        expect(fileSizeUpperBound(size)).toBe(bound);
      }
    }
  });

  it.each([-1, -1n, 1.5, NaN])('refuses %s', (size) => {
    expect(() => fileSizeBin(size)).toThrow(TypeError);
    expect(() => fileSizeUpperBound(size)).toThrow('Expected `sizeBytes` to be');
  });
});
