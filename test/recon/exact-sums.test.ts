import fc from 'fast-check';
import { expect, it } from 'vitest';
import { ExactSums } from '../../src/recon/exact-sums.ts';

it('sums are exact and wrap at 64 bits, however they come about', () => {
  const step = fc.oneof(
    fc.record({
      to: fc.nat(3),
      number: fc.oneof(fc.nat(2 ** 31 - 1), fc.constantFrom(2 ** 52, 2 ** 52 - 1, 2 ** 32)),
    }),
    fc.record({ to: fc.nat(3), big: fc.bigInt({ min: -(1n << 63n), max: (1n << 66n) - 1n }) }),
    fc.record({ to: fc.nat(3), from: fc.nat(3) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const sums = new ExactSums(2);
      sums.grow(4);
      const expected = [0n, 0n, 0n, 0n];
      for (const next of steps) {
        const before = expected[next.to] ?? 0n;
        if ('number' in next) {
          sums.add(next.to, next.number);
          expected[next.to] = before + BigInt(next.number);
        } else if ('big' in next) {
          sums.addBig(next.to, next.big);
          expected[next.to] = before + next.big;
        } else {
          sums.addSum(next.to, next.from);
          expected[next.to] = before + (expected[next.from] ?? 0n);
        }
      }
      for (const [index, value] of expected.entries()) {
        const bytes = Buffer.alloc(10);
        expect(sums.get(index)).toBe(BigInt.asIntN(64, value));
        expect(sums.write(index, bytes, 1)).toBe(9);
        expect(bytes.readBigInt64BE(1)).toBe(BigInt.asIntN(64, value));
      }
    }),
  );
});
