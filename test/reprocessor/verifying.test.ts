import { describe, expect, it } from 'vitest';
import type { StagedStore } from '../../src/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  fill,
  gate,
  memoryRows,
  openHost,
  openWithClock,
  ordersSource,
  rowsOf,
  type RowsAdapter,
} from './rows-host.ts';

const NO_RETRY = { maxRetries: 0 };

/** A store whose bytes are changed on their way into it. */
function lying(change: (key: Buffer, value: Buffer) => readonly (readonly [Buffer, Buffer])[]): RowsAdapter {
  const adapter = memoryRows();
  return {
    ...adapter,
    async open(context) {
      const store: StagedStore = await adapter.open(context);
      const stage = store.stage.bind(store);
      store.stage = async (generation) => {
        const writer = await stage(generation);
        return {
          finish: () => writer.finish(),
          table(name) {
            const bulk = writer.table(name);
            return {
              full: false,
              drain: () => bulk.drain(),
              put(key, keyLength, value, valueLength) {
                const given = [
                  Buffer.from(key.subarray(0, keyLength)),
                  Buffer.from(value.subarray(0, valueLength)),
                ];
                const [ownKey = Buffer.alloc(0), ownValue = Buffer.alloc(0)] = given;
                for (const [k, v] of change(ownKey, ownValue)) bulk.put(k, k.length, v, v.length);
              },
            };
          },
        };
      };
      // Wrapped, it still is the store that the adapter has opened.
      return store as Awaited<ReturnType<RowsAdapter['open']>>;
    },
  };
}

describe('verification', () => {
  const fifth = (key: Buffer): boolean => key.toString().endsWith('5');
  it.each([
    ['standard', 'loses', 'has 9 rows, 10 were written', lying((k, v) => (fifth(k) ? [] : [[k, v]]))],
    [
      'standard',
      'doubles',
      'has 11 rows, 10 were written',
      lying((k, v) =>
        fifth(k)
          ? [
              [k, v],
              [Buffer.concat([k, k]), v],
            ]
          : [[k, v]],
      ),
    ],
    ['standard', 'changes', 'has another value', lying((k, v) => [[k, fifth(k) ? Buffer.from('x') : v]])],
    ['standard', 'moves', 'lacks the row', lying((k, v) => [[fifth(k) ? Buffer.concat([k, k]) : k, v]])],
    ['full', 'loses', 'has 9 rows, 10 were written', lying((k, v) => (fifth(k) ? [] : [[k, v]]))],
    ['full', 'changes', 'has another checksum', lying((k, v) => [[k, fifth(k) ? Buffer.from('x') : v]])],
    ['full', 'moves', 'has another checksum', lying((k, v) => [[fifth(k) ? Buffer.concat([k, k]) : k, v]])],
  ] as const)('%s finds a store that %s one row', async (verify, _what, sentence, adapter) => {
    const host = await openHost({
      stores: { main: adapter },
      source: ordersSource(),
      verify,
      retry: NO_RETRY,
    });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({
      code: 'REPROCESS_VERIFY_FAILED',
      details: { store: 'main', table: 'rows' },
    });
    expect(error.message).toContain(sentence);
    expect(host.status().ready).toBe(false);
  });

  it('full finds one changed row among many, which a sample may miss', async () => {
    const changed = Buffer.from('o004321');
    const adapter = lying((k, v) => [[k, k.equals(changed) ? Buffer.from('w1') : v]]);
    const host = await openHost({
      stores: { main: adapter },
      source: ordersSource(5000),
      verify: 'full',
      retry: NO_RETRY,
    });
    expect((await failureOf(host.reprocess())).message).toContain('another checksum');
  });

  it('reports what it did', async () => {
    const host = await openHost({ source: ordersSource(100), verify: 'full', seed: 7 });
    const { verification } = await host.reprocess();
    expect(verification).toMatchObject({ mode: 'full', seed: 7 });
    expect(verification?.tables).toMatchObject([
      { store: 'main', table: 'rows', rowsWritten: 100, rowsFound: 100, sampled: 64 },
      { store: 'main', table: 'extra', rowsWritten: 0, rowsFound: 0, sampled: 0 },
    ]);
    expect(verification?.tables[0]?.digest).toMatch(/^[0-9a-f]{16}$/);
  });

  it('asks the tasks, which see the staged and the live rows', async () => {
    const seen: (string | undefined)[][] = [];
    const task = copyTask('Copy', 'main', {
      async verify(staged, live) {
        seen.push([await staged.table('rows').get('o000000'), await live?.table('rows').get('o000000')]);
        if (seen.length === 3) throw new RangeError('not plausible');
      },
    });
    const source = ordersSource();
    const host = await openHost({ tasks: [task], source, retry: NO_RETRY });
    for (const version of ['a', 'b']) {
      fill(source, 10, version);
      await host.reprocess();
    }
    fill(source, 10, 'c');
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({
      code: 'REPROCESS_VERIFY_FAILED',
      details: { store: 'main', task: 'Copy' },
    });
    expect(error.cause).toEqual(new RangeError('not plausible'));
    expect(seen).toEqual([
      ['a', undefined],
      ['b', 'a'],
      ['c', 'b'],
    ]);
    expect(await rowsOf(host)).toEqual(copied(10, 'b'));
  });

  it('does not wait for ever for a task, nor past an abort', async () => {
    const asked = gate();
    const verify = (): Promise<void> => {
      asked.open();
      return new Promise<void>(() => undefined);
    };
    const { reprocessor, clock } = await openWithClock({
      tasks: [copyTask('Copy', 'main', { verify })],
      source: ordersSource(),
      taskTimeoutMs: 100,
      retry: NO_RETRY,
    });
    const failure = failureOf(reprocessor.reprocess());
    await asked.opened;
    await clock.advance(100);
    expect(await failure).toMatchObject({
      code: 'REPROCESS_VERIFY_FAILED',
      cause: { code: 'REPROCESS_TASK_TIMEOUT' },
    });
    const closed = failureOf(reprocessor.reprocess());
    await reprocessor.close();
    expect((await closed).code).toBe('REPROCESS_ABORTED');
  });
});
