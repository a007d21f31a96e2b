import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { RowBytes } from '../../../src/store/generation-writer.ts';
import type { KeyRange } from '../../../src/store/open-generation.ts';
import { type ApplyingSubject, ready, type Store } from './applying-subject.ts';

/** What the ranges of every key-value adapter must give. */
export function rangeTests(name: string, create: () => Promise<ApplyingSubject>): void {
  describe(`${name}: ranges`, () => {
    let subject: ApplyingSubject;
    let store: Store;
    beforeEach(async () => {
      subject = await create();
      store = subject.store;
    });
    afterEach(() => subject.cleanup());

    it('reads any range as a plain sorted list does', async () => {
      const bytes = fc
        .array(fc.constantFrom(0, 1, 0x21, 0x22, 0x7f, 0xfe, 0xff), { maxLength: 4 })
        .map((list) => Buffer.from(list));
      const order = { reverse: fc.boolean(), limit: fc.nat(9) };
      const range = fc.oneof(
        fc.record({ prefix: bytes, ...order }, { requiredKeys: ['prefix'] }),
        fc.record({ gt: bytes, lte: bytes, prefix: bytes, ...order }, { requiredKeys: [] }),
        fc.record({ gte: bytes, lt: bytes, prefix: bytes, ...order }, { requiredKeys: [] }),
        fc.record({ gt: bytes, gte: bytes, lt: bytes, lte: bytes, ...order }, { requiredKeys: [] }),
      );
      let generation = 0;
      const property = fc.asyncProperty(
        fc.array(fc.tuple(bytes, fc.option(fc.nat(255))), { maxLength: 30 }),
        fc.array(range, { minLength: 1, maxLength: 12 }),
        async (changes, ranges) => {
          generation += 1;
          await ready(store, generation);
          const model = new Map<string, RowBytes>();
          const half = changes.length >> 1;
          for (const part of [changes.slice(0, half), changes.slice(half)]) {
            const last = new Map(part.map(([key, n]) => [key.toString('hex'), n]));
            const rows = [...last.keys()].sort().map((hex) => {
              const n = last.get(hex);
              const key = Buffer.from(hex, 'hex');
              const value = n === null || n === undefined ? undefined : Buffer.of(n);
              if (value === undefined) model.delete(hex);
              else model.set(hex, { key, value });
              return { key, value };
            });
            await store.apply(generation, { applied: '', writes: [{ table: 'bytes', rows }] });
          }
          const sorted = [...model.keys()].sort().flatMap((hex) => model.get(hex) ?? []);
          const open = await store.openGeneration(generation);
          expect(await open.count('bytes')).toBe(sorted.length);
          for (const bounds of ranges) {
            const found: RowBytes[] = [];
            for await (const rows of open.rows('bytes', bounds)) found.push(...rows);
            expect(found.map(hexOf)).toEqual(withinPlain(sorted, bounds).map(hexOf));
          }
          await open.close();
          await store.discard(generation);
        },
      );
      await fc.assert(property, { numRuns: 60 });
    }, 60_000);

    it('reads a long range in batches, either way', async () => {
      await ready(store, 1);
      const rows = Array.from({ length: 3000 }, (_, n) => ({ key: bigEndian(n), value: Buffer.of(1) }));
      await store.apply(1, { applied: 'a', writes: [{ table: 'bytes', rows }] });
      const open = await store.openGeneration(1);
      for (const [range, first, last, length] of [
        [{}, 0, 2999, 3000],
        [{ reverse: true }, 2999, 0, 3000],
        [{ limit: 2345, gte: bigEndian(10) }, 10, 2354, 2345],
        [{ limit: 2345, reverse: true, lt: bigEndian(2990) }, 2989, 645, 2345],
      ] as const) {
        const found: number[] = [];
        for await (const some of open.rows('bytes', range)) {
          for (const { key } of some) found.push(Buffer.from(key).readUInt32BE());
        }
        const step = first < last ? 1 : -1;
        expect(found).toEqual(Array.from({ length }, (_, n) => first + n * step));
      }
      await open.close();
    });
  });
}

function bigEndian(n: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(n);
  return bytes;
}

function hexOf({ key, value }: RowBytes): string {
  return `${Buffer.from(key).toString('hex')}=${Buffer.from(value).toString('hex')}`;
}

/** The plainest reading of a range: each row is asked. */
function withinPlain(sorted: readonly RowBytes[], range: KeyRange): readonly RowBytes[] {
  const { gt, gte, lt, lte, prefix, reverse, limit } = range;
  const within = sorted.filter(
    ({ key }) =>
      (gt === undefined || Buffer.compare(key, gt) > 0) &&
      (gte === undefined || Buffer.compare(key, gte) >= 0) &&
      (lt === undefined || Buffer.compare(key, lt) < 0) &&
      (lte === undefined || Buffer.compare(key, lte) <= 0) &&
      (prefix === undefined || Buffer.from(key.subarray(0, prefix.length)).equals(prefix)),
  );
  return (reverse === true ? within.reverse() : within).slice(0, limit);
}
