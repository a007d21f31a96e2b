import { seededRandom } from '../../src/testing/index.ts';

export interface SampleRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

const byKey = (left: SampleRow, right: SampleRow): number => Buffer.compare(left.key, right.key);

/** Rows of many lengths, in key order: thousands of small ones, a few large ones, bytes that are no text, none at all. */
export function sampleTables(): Map<string, readonly SampleRow[]> {
  const random = seededRandom(11);
  const many = Array.from({ length: 3000 }, (_, index) => ({
    key: Buffer.from(`key-${String(index).padStart(6, '0')}`),
    value: random.bytes(random.below(40)),
  }));
  const binary = new Map(
    Array.from({ length: 300 }, () => random.bytes(1 + random.below(5))).map((key) => [
      Buffer.from(key).toString('hex'),
      { key, value: Buffer.from(key) },
    ]),
  );
  const large = Array.from({ length: 6 }, (_, index) => ({
    key: Buffer.of(index, 0xff),
    value: Buffer.alloc(100_000 * index, index),
  }));
  return new Map<string, readonly SampleRow[]>([
    ['many', many],
    ['binary', [...binary.values()].sort(byKey)],
    ['large', large],
    ['empty', []],
  ]);
}
