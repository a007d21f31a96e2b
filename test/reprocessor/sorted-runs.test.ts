import { readdirSync, rmSync, statSync, truncateSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import {
  copied,
  copyTask,
  failureOf,
  keyOf,
  levelRows,
  openHost,
  ordersSource,
  reportOf,
  rowsOf,
  taskDoing,
  temporaryFolder,
  type RowsTask,
} from './rows-host.ts';

const NO_RETRY = { maxRetries: 0 } as const;

describe('a sorted run that is not whole any more', () => {
  const halve = (path: string): void => {
    truncateSync(path, Math.floor(statSync(path).size / 2));
  };
  const empty = (path: string): void => {
    truncateSync(path, 0);
  };
  it.each([
    ['cut in the middle', halve, /hold \d+ rows, 300 were written/],
    ['empty', empty, /hold \d+ rows, 300 were written/],
    [
      'deleted',
      (path: string): void => {
        rmSync(path);
      },
      /ENOENT/,
    ],
  ])(
    '(%s) fails the run; the old data is served and the next run succeeds',
    async (_what, damage, sentence) => {
      for (const verify of ['standard', 'full'] as const) {
        const dataDir = temporaryFolder();
        const runs = join(dataDir, 'scratch', 'main');
        let damages = false;
        const task = copyTask('Copy', 'main', {
          async reprocess(snapshot, context) {
            const sink = context.sink('rows');
            for (let index = 300; index-- > 0;) await sink.put(keyOf(index), damages ? 'new' : 'old');
            const [first = 'none'] = readdirSync(runs);
            if (damages) damage(join(runs, first));
            return undefined;
          },
        });
        const host = await openHost({
          dataDir,
          stores: { main: levelRows() },
          tasks: [task],
          source: ordersSource(),
          verify,
          sortBufferBytes: 1024,
          retry: NO_RETRY,
        });
        await host.reprocess();
        damages = true;
        const error = await failureOf(host.reprocess());
        expect(error.code).toBe('REPROCESS_STORE_FAILED');
        expect(JSON.stringify(reportOf(error).error)).toMatch(sentence);
        expect(reportOf(error)).toMatchObject({ outcome: 'failed', stores: [] });
        expect(await rowsOf(host)).toEqual(copied(300, 'old'));
        damages = false;
        expect((await host.reprocess()).stores).toMatchObject([{ rows: { rows: 300 } }]);
        await host.close();
        expect(readdirSync(dataDir)).not.toContain('scratch');
      }
    },
  );
});

/** Puts values under one key, with so many rows between that each value lies in a run of its own. */
function putting(taskName: string, values: readonly string[], ascending = false): RowsTask {
  return taskDoing(async (_snapshot, context) => {
    const sink = context.sink('rows', { ascending });
    for (const value of values) {
      await sink.put('key', value);
      if (ascending) continue;
      for (let index = 0; index < 40; index++) await sink.put(keyOf(index), 'the same');
    }
    return undefined;
  }, taskName);
}

describe('two tasks that write one key', () => {
  it.each([
    ['1', '2', 'conflict'],
    ['1', '1', '1'],
    ['1', '12', 'conflict'],
    ['12', '2', '2'],
    ['12', '32', '2'],
    ['121', '21', '1'],
    ['12', '21', 'conflict'],
  ])('(%s and %s) are judged by the last value of each: %s', async (first, second, outcome) => {
    for (const isSpilled of [true, false]) {
      for (const [left, right] of [
        [first, second],
        [second, first],
      ] as const) {
        const host = await openHost({
          ...(isSpilled ? { dataDir: temporaryFolder(), stores: { main: levelRows() } } : {}),
          tasks: [putting('A', left.split('')), putting('B', right.split(''))],
          source: ordersSource(),
          sortBufferBytes: 1024,
          retry: NO_RETRY,
        });
        const run = host.reprocess();
        if (outcome === 'conflict') {
          const details = { table: 'rows', key: Buffer.from('key').toString('hex') };
          expect(await failureOf(run)).toMatchObject({ code: 'REPROCESS_KEY_CONFLICT', details });
        } else {
          await run;
          const value = await host.read((lease) => lease.store('main').table('rows').get('key'));
          expect(value).toBe(outcome);
        }
      }
    }
  });

  it('never come live when they differ, also where keys come in order', async () => {
    for (const isAscending of [true, false]) {
      const tasks = [putting('A', ['1'], true), putting('B', ['2'], isAscending)];
      const host = await openHost({ tasks, source: ordersSource(), retry: NO_RETRY });
      const { code } = await failureOf(host.reprocess());
      expect(['REPROCESS_KEY_CONFLICT', 'REPROCESS_VERIFY_FAILED']).toContain(code);
      expect(host.status().ready).toBe(false);
    }
  });

  it('are three and the third differs', async () => {
    const tasks = [putting('A', ['1']), putting('B', ['2', '1']), putting('C', ['1', '3'])];
    const host = await openHost({ tasks, source: ordersSource(), retry: NO_RETRY });
    expect((await failureOf(host.reprocess())).code).toBe('REPROCESS_KEY_CONFLICT');
  });
});
