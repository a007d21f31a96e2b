import { describe, expect, it } from 'vitest';
import { memorySource } from '../../src/source/memory-source.ts';
import type { MemorySource, MemorySourceOptions } from '../../src/source/memory-source.ts';
import type { SourceSnapshot } from '../../src/source/source.ts';
import { sourceSuite } from '../../src/testing/index.ts';
import { sampleTables } from './sample-tables.ts';

sourceSuite(
  { describe, it },
  {
    name: 'memory',
    async create() {
      const tables = sampleTables();
      const source = memorySource({
        sequence: 41n,
        history: 'a',
        tables: Object.fromEntries(
          [...tables].map(([name, rows]) => [name, rows.toReversed().map(({ key, value }) => [key, value])]),
        ),
      });
      return {
        source,
        sequence: 41n,
        history: 'a',
        tables,
        change() {
          for (const [name, rows] of tables) {
            for (const { key } of rows.slice(0, 2)) source.delete(name, key);
            for (const { key } of rows.slice(-2)) source.set(name, key, 'changed');
            source.set(name, 'new', 'row');
          }
        },
        async cleanup() {
          expect(source.closed).toBe(source.opened);
        },
      };
    },
  },
);

const open = (source: MemorySource): SourceSnapshot => source.openSnapshot();

async function text(snapshot: SourceSnapshot, table: string): Promise<string[]> {
  const rows: string[] = [];
  await snapshot.scan(table, {
    rows(batch) {
      for (let index = 0; index < batch.length; index += 1) {
        rows.push(
          `${Buffer.from(batch.key(index)).toString()}=${Buffer.from(batch.value(index)).toString()}`,
        );
      }
    },
  });
  return rows;
}

describe('memorySource', () => {
  it('shows changes to the next snapshot, each under a sequence of its own', async () => {
    const source = memorySource({
      sequence: 5n,
      tables: {
        orders: [
          ['b', '1'],
          ['a', '2'],
          ['b', '3'],
        ],
      },
    });
    const before = open(source);
    expect(source.set('orders', 'c', '4')).toBe(6n);
    expect(source.delete('orders', 'a')).toBe(7n);
    expect(source.delete('orders', 'nothing')).toBe(8n);
    expect(source.set('customers', 'x', '5')).toBe(9n);
    expect(source.delete('no-such-table', 'x')).toBe(10n);
    const after = open(source);
    expect([before.sequence, after.sequence]).toEqual([5n, 10n]);
    expect(await text(before, 'orders')).toEqual(['a=2', 'b=3']);
    for (const change of [() => source.set('orders', 'd', '6'), () => source.delete('orders', 'b')]) {
      const rows = await text(open(source), 'orders');
      change();
      expect(await text(open(source), 'orders')).not.toEqual(rows);
    }
    expect(await text(after, 'orders')).toEqual(['b=3', 'c=4']);
    expect(before.tables).toEqual(['orders']);
    expect(after.tables).toEqual(['orders', 'customers']);
    expect(after.estimateRows('orders')).toBe(2);
    expect(after.estimateBytes?.()).toBe(6);
  });

  it('copies the bytes that it is given', async () => {
    const key = Buffer.from('key');
    const value = Buffer.from('value');
    const source = memorySource({ sequence: 0n, tables: { t: [[key, value]] } });
    key.fill(0);
    value.fill(0);
    expect(await text(open(source), 't')).toEqual(['key=value']);
  });

  it('counts every close, so that a snapshot closed twice is seen', async () => {
    const source = memorySource({ sequence: 0n, tables: {} });
    const snapshot = open(source);
    expect([source.opened, source.closed]).toEqual([1, 0]);
    await snapshot.close();
    await snapshot.close();
    expect([source.opened, source.closed]).toEqual([1, 2]);
  });

  it('has no history unless it is given one', () => {
    expect(open(memorySource({ sequence: 0n, tables: {} })).history).toBeUndefined();
  });

  it('lets the event loop run during a scan', async () => {
    const rows = Array.from({ length: 10_000 }, (_, index): [string, string] => [`key ${index}`, 'value']);
    const snapshot = open(memorySource({ sequence: 0n, tables: { t: rows } }));
    let batches = 0;
    let turns = 0;
    let scanning = true;
    const turn = (): void => {
      turns += 1;
      if (scanning) setImmediate(turn);
    };
    setImmediate(turn);
    await snapshot.scan('t', { rows: () => void (batches += 1) });
    scanning = false;
    expect(batches).toBeGreaterThan(5);
    expect(turns).toBeGreaterThanOrEqual(batches - 1);
  });

  it('gives up an aborted scan whose visitor never ends', async () => {
    const snapshot = open(memorySource({ sequence: 0n, tables: { t: [['a', 'b']] } }));
    const abort = new AbortController();
    const scan = snapshot.scan(
      't',
      {
        rows: () => {
          setImmediate(() => {
            abort.abort();
          });
          return new Promise(() => undefined);
        },
      },
      { signal: abort.signal },
    );
    await expect(scan).rejects.toMatchObject({ code: 'REPROCESS_ABORTED' });
  });

  it('refuses wrong options and rows with a TypeError', () => {
    const given = (options: unknown) => () => memorySource(options as MemorySourceOptions);
    expect(given({ sequence: 5, tables: {} })).toThrow(
      new TypeError('Expected `sequence` to be a bigint, got `5` (number)'),
    );
    expect(given({ sequence: 1n, tables: { t: [['a', 1]] } })).toThrow(TypeError);
    expect(given({ sequence: 1n, tables: {}, history: 1 })).toThrow(TypeError);
    expect(given({ sequence: 1n, tables: {}, tabels: {} })).toThrow(
      new TypeError('Expected `options` to be of the keys sequence, tables, history, got `tabels` (string)'),
    );
    expect(given({ sequence: 1n })).toThrow(TypeError);
    expect(given(undefined)).toThrow(TypeError);
  });
});
