import { describe, expect, it } from 'vitest';
import { IdTable } from '../../src/recon/id-table.ts';

/** Ids that agree in one half, ids as Ozone makes them, and some at random places. */
function someIds(): [high: number, low: number][] {
  const ids: [number, number][] = [];
  for (let index = 0; index < 20_000; index++) {
    ids.push(
      [index, 7],
      [-5, (index + 8) << 8],
      [-2147483648, index << 8],
      [Math.imul(index, 0x9e3779b1), ~index],
    );
  }
  return ids;
}

describe('IdTable', () => {
  it('numbers ids in the order in which they come, and finds them again', () => {
    const table = new IdTable();
    const known = new Map<string, number>();
    for (const round of [1, 2]) {
      for (const [high, low] of someIds()) {
        const name = `${high} ${low}`;
        const expected = known.get(name) ?? known.size;
        known.set(name, expected);
        if (table.indexOf(high, low) !== expected) throw new Error(`round ${round}: ${name}`);
      }
    }
    expect(table.length).toBe(known.size);
  });

  it('orders ids by their bytes', () => {
    const table = new IdTable();
    for (const [high, low] of someIds()) table.indexOf(high, low);
    const ids = [...table.order()].map(
      (index) => (BigInt((table.high[index] ?? 0) >>> 0) << 32n) | BigInt((table.low[index] ?? 0) >>> 0),
    );
    expect(ids).toHaveLength(table.length);
    expect(ids.every((id, index) => index === 0 || (ids[index - 1] ?? 0n) < id)).toBe(true);
  });

  it('has an empty order when it is empty, and one of one id', () => {
    const table = new IdTable();
    expect([...table.order()]).toEqual([]);
    table.indexOf(1, 1);
    expect([...table.order()]).toEqual([0]);
  });
});
