import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Level } from 'level';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/index.ts';
import type { GenerationView } from '../../../src/store/open-generation.ts';
import { json } from '../../../src/store/table-encoding.ts';
import type { ReadonlyTable, TableRange, TableReader } from '../../../src/store/table.ts';

const tables = {
  words: { keyEncoding: 'utf8', valueEncoding: json<{ n: number }>() },
  bytes: { keyEncoding: 'buffer', valueEncoding: 'view' },
  plain: { keyEncoding: 'view', valueEncoding: 'json' },
} as const;

type Reader = TableReader<typeof tables>;

/** A view of one generation that holds these rows of `words`. */
async function viewOf(words: ReadonlyMap<string, number>): Promise<GenerationView<Reader>> {
  const adapter = memoryStore({ tables });
  const store = await adapter.open({
    storeName: 's',
    homeId: 'h',
    directory: undefined,
    adopted: undefined,
    onBackgroundError: () => undefined,
  });
  const writer = await store.stage(1);
  const bulk = writer.table('words');
  for (const [word, n] of words) {
    const { key, value } = adapter.encodeRow('words', [word, { n }]);
    bulk.put(key, key.length, value, value.length);
  }
  const { key, value } = adapter.encodeRow('bytes', [Buffer.of(1), Uint8Array.of(2)]);
  writer.table('bytes').put(key, key.length, value, value.length);
  await writer.finish();
  return (await store.openGeneration(1)).view(() => undefined, { frozen: false });
}

describe('a table of the memory store', () => {
  let directory: string;
  let db: Level;
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sr-'));
    db = new Level(directory);
  });
  afterAll(async () => {
    await db.close();
    rmSync(directory, { recursive: true });
  });

  const word = fc.string({ unit: 'grapheme', maxLength: 4 });
  const range = fc
    .record(
      {
        lower: fc.tuple(fc.constantFrom('gt' as const, 'gte' as const), word),
        upper: fc.tuple(fc.constantFrom('lt' as const, 'lte' as const), word),
        reverse: fc.boolean(),
        limit: fc.nat(6),
      },
      { requiredKeys: [] },
    )
    .map(({ lower, upper, ...rest }): TableRange<string> => {
      const bounds: { -readonly [K in keyof TableRange<string>]: TableRange<string>[K] } = { ...rest };
      if (lower !== undefined) bounds[lower[0]] = lower[1];
      if (upper !== undefined) bounds[upper[0]] = upper[1];
      return bounds;
    });

  it('answers as LevelDB does', async () => {
    let run = 0;
    const model = fc.asyncProperty(
      fc.array(fc.tuple(word, fc.nat()), { maxLength: 12 }),
      fc.array(range, { minLength: 1, maxLength: 4 }),
      fc.array(word, { maxLength: 4 }),
      async (rows, ranges, asked) => {
        const words = new Map(rows);
        const level = db.sublevel<string, { n: number }>(`run-${(run += 1)}`, { valueEncoding: 'json' });
        await level.batch([...words].map(([key, n]) => ({ type: 'put', key, value: { n } })));
        const table = (await viewOf(words)).reader.table('words');
        for (const bounds of ranges) {
          expect(await table.iterator(bounds).all()).toEqual(await level.iterator(bounds).all());
          expect(await table.keys(bounds).all()).toEqual(await level.keys(bounds).all());
          expect(await table.values(bounds).all()).toEqual(await level.values(bounds).all());
        }
        const keys = [...asked, ...words.keys()];
        expect(await table.getMany(keys)).toEqual(await level.getMany(keys));
        for (const key of keys) {
          expect(await table.get(key)).toEqual(await level.get(key));
          expect(await table.has(key)).toBe(words.has(key));
        }
      },
    );
    await fc.assert(model, { numRuns: 150 });
  });

  it('iterates step by step, in lists, and by for await', async () => {
    const { reader } = await viewOf(new Map(['d', 'a', 'c', 'b'].map((key, n) => [key, n])));
    const table = reader.table('words');
    const iterator = table.keys();
    expect(await iterator.next()).toBe('a');
    expect(await iterator.nextv(2)).toEqual(['b', 'c']);
    expect(await iterator.nextv(9)).toEqual(['d']);
    expect(await iterator.nextv(9)).toEqual([]);
    expect(await iterator.next()).toBeUndefined();
    const found: string[] = [];
    for await (const [key] of table.iterator({ gt: 'a' })) found.push(key);
    expect(found).toEqual(['b', 'c', 'd']);
  });

  it('closes an iterator after all(), a loop or close()', async () => {
    const { reader } = await viewOf(
      new Map([
        ['a', 1],
        ['b', 2],
      ]),
    );
    const table = reader.table('words');
    const closed = { code: 'REPROCESS_HANDLE_CLOSED' };
    const [read, looped, ended] = [table.keys(), table.keys(), table.keys()];
    await read.all();
    for await (const key of looped) if (key === 'a') break;
    await ended.close();
    await ended.close();
    for (const iterator of [read, looped, ended]) await expect(iterator.next()).rejects.toMatchObject(closed);
  });

  it('refuses unknown tables, wrong keys and wrong ranges with a TypeError', async () => {
    const { reader } = await viewOf(new Map());
    const table: ReadonlyTable<unknown, unknown> = reader.table('words');
    expect(() => reader.table('wrods' as 'words')).toThrow(
      new TypeError('Expected `table` to be one of words, bytes, plain, got `wrods` (string)'),
    );
    await expect(table.get(5)).rejects.toThrow(TypeError);
    await expect(table.has(undefined)).rejects.toThrow(TypeError);
    const given = (bounds: unknown) => () => table.iterator(bounds as TableRange<unknown>);
    expect(given({ gt: 'a', gte: 'a' })).toThrow(TypeError);
    expect(given({ lt: 'a', lte: 'a' })).toThrow(TypeError);
    expect(given({ limit: -1 })).toThrow(TypeError);
    expect(given({ limit: 1.5 })).toThrow(TypeError);
    expect(given({ limit: NaN })).toThrow(TypeError);
    expect(given({ reverse: 'yes' })).toThrow(TypeError);
    expect(given({ start: 'a' })).toThrow(TypeError);
    expect(given({ gt: 5 })).toThrow(TypeError);
    await expect(table.keys().nextv(0)).rejects.toThrow(TypeError);
  });

  it('tells by a code that its view was released', async () => {
    const view = await viewOf(new Map([['a', 1]]));
    const table = view.reader.table('words');
    const iterator = table.iterator();
    view.release();
    const released = { code: 'REPROCESS_LEASE_RELEASED' };
    await expect(table.get('a')).rejects.toMatchObject(released);
    await expect(table.getMany([])).rejects.toMatchObject(released);
    await expect(table.has('a')).rejects.toMatchObject(released);
    await expect(iterator.next()).rejects.toMatchObject(released);
    expect(() => table.keys()).toThrow(expect.objectContaining(released));
    await iterator.close();
  });

  it('has the types of its definitions', async () => {
    const { reader } = await viewOf(new Map());
    expectTypeOf(reader.table('words')).toEqualTypeOf<ReadonlyTable<string, { n: number }>>();
    expectTypeOf(reader.table('bytes')).toEqualTypeOf<ReadonlyTable<Buffer, Uint8Array>>();
    expectTypeOf(reader.table('plain')).toEqualTypeOf<ReadonlyTable<Uint8Array, unknown>>();
    const [first] = await reader.table('bytes').iterator().all();
    expect(first?.[0]).toBeInstanceOf(Buffer);
    expect(first?.[1]).toEqual(Uint8Array.of(2));
  });
});
