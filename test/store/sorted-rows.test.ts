import fc from 'fast-check';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { sumInt64, type MergeRule } from '../../src/store/merge-rule.ts';
import { SortedRows } from '../../src/store/sorted-rows.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true, force: true });
});

type Row = readonly [key: Uint8Array, value: Uint8Array, origin: number];

/** Sorts rows, and tells them as hexadecimal `key=value`. */
async function sorted(
  rows: readonly Row[],
  options: {
    readonly merge?: MergeRule;
    readonly runBytes?: number;
    readonly inMemory?: boolean;
    readonly awaits?: boolean;
  } = {},
): Promise<readonly string[]> {
  const { merge, runBytes = 1024, inMemory = false, awaits = true } = options;
  const sorter = new SortedRows({
    table: 't',
    merge,
    spillDirectory: inMemory ? undefined : folder,
    runBytes,
  });
  const drains: Promise<void>[] = [];
  for (const [key, value, origin] of rows) {
    sorter.put(key, key.length, value, value.length, origin);
    if (!sorter.full) continue;
    const drained = sorter.drain();
    if (awaits) await drained;
    else drains.push(drained);
  }
  const out: string[] = [];
  try {
    await Promise.all(drains);
    await sorter.finish((key, keyLength, value, valueLength) => {
      out.push(`${hex(key.subarray(0, keyLength))}=${hex(value.subarray(0, valueLength))}`);
      return undefined;
    });
  } finally {
    await sorter.discard();
  }
  return out;
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const byKey = (left: string, right: string): number => {
  const [a = '', b = ''] = [left.split('=')[0], right.split('=')[0]];
  return Buffer.compare(Buffer.from(a, 'hex'), Buffer.from(b, 'hex'));
};

const key = fc.oneof(fc.uint8Array({ maxLength: 3 }), fc.uint8Array({ maxLength: 600 }));
const rowsOfOne = fc.array(fc.tuple(key, fc.uint8Array({ maxLength: 300 }), fc.constant(0)), {
  maxLength: 200,
});

describe('sorted rows', () => {
  it('are those of a map, spilled or not, awaited or not', async () => {
    await fc.assert(
      fc.asyncProperty(rowsOfOne, fc.boolean(), fc.boolean(), async (rows, inMemory, awaits) => {
        const wanted = new Map(rows.map(([k, v]) => [hex(k), hex(v)]));
        const lines = [...wanted].map(([k, v]) => `${k}=${v}`).sort(byKey);
        expect(await sorted(rows, { inMemory, awaits })).toEqual(lines);
        expect(readdirSync(folder)).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it('of several tasks are merged by the rule of the table, in whatever order they came', async () => {
    const amount = fc.integer({ min: -1000, max: 1000 });
    const row = fc.tuple(fc.constantFrom('a', 'b', 'bb', 'c'), amount, fc.nat(3));
    await fc.assert(
      fc.asyncProperty(fc.array(row, { maxLength: 400 }), fc.boolean(), async (rows, inMemory) => {
        const sums = new Map<string, number>();
        for (const [name, one] of rows) sums.set(name, (sums.get(name) ?? 0) + one);
        const lines = [...sums]
          .map(([name, sum]) => `${hex(Buffer.from(name))}=${hex(int64(sum))}`)
          .sort(byKey);
        const given = rows.map(([name, one, origin]): Row => [Buffer.from(name), int64(one), origin]);
        expect(await sorted(given, { merge: sumInt64, inMemory })).toEqual(lines);
      }),
      { numRuns: 60 },
    );
  });

  it('of two tasks must agree without a rule', async () => {
    const [k, v, w] = [Buffer.from('k'), Buffer.from('v'), Buffer.from('w')];
    expect(
      await sorted([
        [k, v, 0],
        [k, v, 1],
      ]),
    ).toEqual(['6b=76']);
    expect(
      await sorted([
        [k, v, 0],
        [k, w, 0],
      ]),
    ).toEqual(['6b=77']);
    await expect(
      sorted([
        [k, v, 0],
        [k, w, 1],
      ]),
    ).rejects.toMatchObject({
      code: 'REPROCESS_KEY_CONFLICT',
      details: { table: 't', key: '6b' },
    });
    expect(readdirSync(folder)).toEqual([]);
  });

  it('are spilled in runs whose size is bounded, and nothing is left of them', async () => {
    const sorter = new SortedRows({ table: 'a/b', merge: undefined, spillDirectory: folder, runBytes: 4096 });
    const value = new Uint8Array(100);
    let runs = 0;
    for (let index = 0; index < 2000; index++) {
      const k = Buffer.from(String((index * 7919) % 2000).padStart(6, '0'));
      sorter.put(k, k.length, value, value.length, 0);
      if (sorter.full) await sorter.drain();
      expect(sorter.full).toBe(false);
      runs = Math.max(runs, readdirSync(folder).length);
    }
    // 2000 rows of 118 bytes, 35 of them a run.
    expect(runs).toBe(57);
    const keys: string[] = [];
    await sorter.finish((k, length) => {
      keys.push(Buffer.from(k.subarray(0, length)).toString());
      return undefined;
    });
    expect(keys).toEqual([...keys].sort());
    expect([keys.length, readdirSync(folder)]).toEqual([2000, []]);
  });

  it('let others run while they are merged into a store that never waits', async () => {
    const sorter = new SortedRows({
      table: 't',
      merge: undefined,
      spillDirectory: undefined,
      runBytes: 1024,
    });
    for (let index = 0; index < 50_000; index++) {
      const k = Buffer.from(String(index).padStart(6, '0'));
      sorter.put(k, 6, k, 6, 0);
    }
    let rows = 0;
    let turns = 0;
    const merging = { now: true };
    const counting = (async () => {
      for (; merging.now; turns++) await turn();
    })();
    await sorter.finish(() => {
      rows += 1;
      return undefined;
    });
    merging.now = false;
    await counting;
    expect(rows).toBe(50_000);
    expect(turns).toBeGreaterThan(10);
  });
});

function int64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigInt64BE(BigInt(value));
  return bytes;
}
