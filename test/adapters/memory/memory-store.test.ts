import { describe, expect, expectTypeOf, it } from 'vitest';
import { memoryStore } from '../../../src/adapters/memory/index.ts';
import type { MemoryStoreOptions } from '../../../src/adapters/memory/index.ts';
import type { RowsOf, StoreContext } from '../../../src/store/store.ts';
import type { TableDefinitions } from '../../../src/store/table.ts';

const tables = { words: { keyEncoding: 'utf8', valueEncoding: 'json' } } as const;
const context: StoreContext = {
  storeName: 'search',
  homeId: 'home',
  directory: undefined,
  adopted: undefined,
  onBackgroundError: () => undefined,
};

describe('memoryStore', () => {
  it('is a volatile store of its tables, and holds nothing open', async () => {
    const adapter = memoryStore({ tables });
    expect(adapter.kind).toBe('memory');
    expect(adapter.supports).toEqual({ durable: false, adopt: false });
    expect(adapter.tables).toEqual([{ name: 'words' }]);
    const [one, two] = [await adapter.open(context), await adapter.open(context)];
    await one.stage(1);
    expect((await two.inspect()).generations).toEqual([]);
    expect(await one.sizeBytes(1)).toBe(0);
  });

  it('types what a sink takes', () => {
    const adapter = memoryStore({ tables });
    expect(adapter.encodeRow('words', ['blue', 1])).toEqual({
      key: Buffer.from('blue'),
      value: Buffer.from('1'),
    });
    expectTypeOf<RowsOf<typeof adapter>['words']>().toEqualTypeOf<readonly [key: string, value: unknown]>();
  });

  it('refuses wrong options with a TypeError that says what was expected', () => {
    const given = (options: unknown) => () => memoryStore(options as MemoryStoreOptions<TableDefinitions>);
    const words = tables.words;
    expect(given(undefined)).toThrow(
      new TypeError('Expected `options` to be an object, got `undefined` (undefined)'),
    );
    expect(given({ tables, table: 1 })).toThrow(
      'Expected `options` to be of the keys tables, got `table` (string)',
    );
    expect(given({})).toThrow('Expected `tables` to be an object');
    expect(given({ tables: {} })).toThrow('Expected `tables` to be at least one table');
    expect(given({ tables: { words: null } })).toThrow(
      'Expected `tables.words` to be an object, got `null` (null)',
    );
    expect(given({ tables: { words: { ...words, merge: 1 } } })).toThrow('Expected `tables.words.merge`');
    expect(given({ tables: { words: { ...words, encoding: 1 } } })).toThrow('got `encoding` (string)');
    expect(given({ tables: { words: { keyEncoding: 'utf8' } } })).toThrow(
      'Expected `tables.words.valueEncoding`',
    );
    expect(given({ tables: { words: { ...words, keyEncoding: 'utf-8' } } })).toThrow('got `utf-8` (string)');
  });

  it('tells by a code which step is not possible', async () => {
    const store = await memoryStore({ tables }).open(context);
    const failed = (step: string) => ({ code: 'REPROCESS_STORE_FAILED', details: { store: 'search', step } });
    const change = { from: undefined, fromRevision: 0, to: 1, toRevision: 0, revision: 1 };
    await expect(store.prepare(1)).rejects.toMatchObject(failed('prepare'));
    await expect(store.commit(change)).rejects.toMatchObject(failed('commit'));
    const writer = await store.stage(1);
    await expect(store.stage(1)).rejects.toMatchObject(failed('stage'));
    await expect(store.prepare(1)).rejects.toMatchObject(failed('prepare'));
    await expect(store.openGeneration(1)).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
    await writer.finish();
    await expect(store.commit(change)).rejects.toMatchObject(failed('commit'));
    expect(() => writer.table('wrods')).toThrow(TypeError);
    expect(() => {
      writer.table('words').put(Buffer.of(1), 1, Buffer.of(1), 1);
    }).toThrow(expect.objectContaining({ code: 'REPROCESS_HANDLE_CLOSED' }));
  });
});
