import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it } from 'vitest';
import { levelStore } from '../../../src/adapters/level/index.ts';
import { memoryStore } from '../../../src/adapters/memory/index.ts';
import type { EntryOf } from '../../../src/store/store.ts';
import {
  type ApplyingSubject,
  batchOf,
  ready,
  tables,
  wordsOf,
  type WordWrites,
} from '../memory/applying-subject.ts';
import { applyingTests } from '../memory/applying-tests.ts';
import { rangeTests } from '../memory/range-tests.ts';
import { openLevelStore } from './level-home.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

async function create(): Promise<ApplyingSubject> {
  const store = await openLevelStore(directory);
  return { store, cleanup: () => store.close() };
}

applyingTests('level', create);
rangeTests('level', create);

describe('applying to a LevelDB', () => {
  it('survives reopening, rows and applied text together', async () => {
    const change = fc.dictionary(
      fc.constantFrom('a', 'b', 'c', 'd', 'e'),
      fc.option(fc.nat(), { nil: undefined }),
    );
    let home = 0;
    const property = fc.asyncProperty(
      fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 3 }),
      async (runs) => {
        const path = join(directory, `home-${(home += 1)}`);
        let store = await openLevelStore(path);
        await ready(store, 1, { a: 0 });
        let [model, applied]: [Record<string, number>, string | undefined] = [{ a: 0 }, undefined];
        for (const changes of runs) {
          for (const words of changes) {
            applied = JSON.stringify(words);
            await store.apply(1, batchOf(applied, words));
            model = after(model, words);
          }
          await store.close();
          store = await openLevelStore(path);
          const open = await store.openGeneration(1);
          expect(await wordsOf(open)).toEqual(model);
          expect(await open.count('words')).toBe(Object.keys(model).length);
          expect(await open.applied()).toBe(applied);
          await open.close();
        }
        await store.close();
      },
    );
    await fc.assert(property, { numRuns: 15 });
  }, 60_000);

  it('writes what any LevelDB reads, the applied text in the reserved sublevel, and leaves the marker', async () => {
    const store = await openLevelStore(directory);
    await ready(store, 1, { blue: 1 });
    await store.apply(1, batchOf('how far', { green: 2 }));
    await store.commit({ from: undefined, fromRevision: 0, to: 1, toRevision: 0, revision: 7 });
    await store.apply(1, batchOf('farther', { red: 3 }));
    expect((await store.inspect()).generations[0]?.marker?.revision).toBe(7);
    await store.close();
    const db = new Level(join(directory, 'gen-000001'));
    expect(await db.sublevel('words').iterator().all()).toEqual([
      ['blue', '1'],
      ['green', '2'],
      ['red', '3'],
    ]);
    const reserved = db.sublevel('staged-reprocessor');
    expect(await reserved.keys().all()).toEqual(['applied', 'marker']);
    expect(await reserved.get('applied')).toBe('farther');
    await db.close();
  });

  it('applies to an adopted generation where it lies', async () => {
    const location = join(directory, 'brought');
    const db = new Level(location);
    await db.sublevel('words').put('blue', '1');
    await db.close();
    const store = await openLevelStore(join(directory, 'stores'));
    await store.adopt?.({ generation: 1, location }, 1);
    await store.apply(1, batchOf('a', { green: 2 }));
    const open = await store.openGeneration(1);
    expect(await wordsOf(open)).toEqual({ blue: 1, green: 2 });
    expect(await open.applied()).toBe('a');
    await open.close();
    await store.close();
  });

  it('makes no folder for a generation that is not there', async () => {
    const store = await openLevelStore(directory);
    await expect(store.apply(5, batchOf('a', {}))).rejects.toMatchObject({
      code: 'REPROCESS_STORE_FAILED',
      details: { store: 'search', step: 'apply', generation: 5 },
      cause: { code: 'REPROCESS_STORE_CORRUPT' },
    });
    await expect(store.openGeneration(5)).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
    expect(readdirSync(directory)).toEqual([]);
    await store.close();
  });
});

describe.each([levelStore({ tables }), memoryStore({ tables })])(
  'the encodings of the $kind store',
  (adapter) => {
    it('encode keys and prefixes as their bytes, and decode rows', () => {
      expect(adapter.encodeKey('words', 'grün', false)).toEqual(Buffer.from('grün'));
      expect(adapter.encodeKey('words', 'grü', true)).toEqual(Buffer.from('grü'));
      expect(() => adapter.encodeKey('words', 5, true)).toThrow(TypeError);
      expect(() => adapter.encodeKey('wrods', 'blue', false)).toThrow(TypeError);
      const row = { key: Buffer.from('blue'), value: Buffer.from('{"n":1}') };
      expect(adapter.decodeRow('words', row)).toEqual(['blue', { n: 1 }]);
      expect(() => adapter.decodeRow('wrods', row)).toThrow(TypeError);
    });

    it('type what a transaction reads and writes', () => {
      type Words = EntryOf<typeof adapter, 'words'>;
      expectTypeOf<Words['key']>().toEqualTypeOf<string>();
      expectTypeOf<Words['row']>().toEqualTypeOf<readonly [key: string, value: unknown]>();
      expectTypeOf<EntryOf<typeof adapter, 'bytes'>['value']>().toEqualTypeOf<Buffer>();
    });
  },
);

function after(model: Readonly<Record<string, number>>, words: WordWrites): Record<string, number> {
  const entries = Object.entries({ ...model, ...words });
  return Object.fromEntries(entries.flatMap(([word, n]) => (n === undefined ? [] : [[word, n]])));
}
