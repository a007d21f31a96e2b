import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { isReprocessError } from '../../errors.ts';
import type { SuiteRunner } from '../suite-runner.ts';
import { expectRows, scanned, sourceTest } from './subject.ts';
import type { SourceSuiteOptions, SourceSuiteSubject } from './subject.ts';

/** How a scan ends early. */
export function sourceAbortTests(runner: SuiteRunner, options: SourceSuiteOptions): void {
  sourceTest(
    runner,
    options,
    'a scan with an aborted signal visits nothing',
    async ({ subject, snapshot }) => {
      const reason = new Error('enough');
      const signal = AbortSignal.abort(reason);
      for (const table of [largest(subject), 'no-such-table']) {
        const visited = { rows: 0, ends: 0 };
        const scan = snapshot.scan(table, counting(visited), { signal });
        await assert.rejects(scan, (error) => isAbort(error, reason));
        assert.deepEqual(visited, { rows: 0, ends: 0 });
      }
    },
  );

  sourceTest(runner, options, 'an abort between two batches ends the scan', async ({ subject, snapshot }) => {
    const abort = new AbortController();
    const reason = new Error('enough');
    const visited = { rows: 0, ends: 0 };
    const { rows: count, end } = counting(visited);
    const scan = snapshot.scan(
      largest(subject),
      {
        async rows() {
          count();
          await setImmediate();
          abort.abort(reason);
        },
        end,
      },
      { signal: abort.signal },
    );
    await assert.rejects(scan, (error) => isAbort(error, reason));
    assert.deepEqual(visited, { rows: 1, ends: 0 }, 'nothing is visited after the abort');
    expectRows(await scanned(snapshot, largest(subject)), rowsOf(subject), largest(subject));
  });

  sourceTest(runner, options, 'a scan leaves no listener on its signal', async ({ subject, snapshot }) => {
    const { signal } = new AbortController();
    const visited = { rows: 0, ends: 0 };
    const { rows: count, end } = counting(visited);
    const waiting = {
      async rows() {
        await setImmediate();
        count();
      },
      async end() {
        await setImmediate();
        end();
      },
    };
    await snapshot.scan(largest(subject), waiting, { signal });
    assert.equal(visited.ends, 1);
    assert.deepEqual(getEventListeners(signal, 'abort'), []);
  });

  sourceTest(
    runner,
    options,
    'an error of the visitor is the error of the scan',
    async ({ subject, snapshot }) => {
      const broken = new Error('the visitor is broken');
      const fail = (): never => {
        throw broken;
      };
      const isIt = (error: unknown): boolean => error === broken;
      const table = largest(subject);
      let ends = 0;
      const end = (): void => {
        ends += 1;
      };
      await assert.rejects(snapshot.scan(table, { rows: fail, end }), isIt, 'thrown');
      await assert.rejects(snapshot.scan(table, { rows: async () => fail(), end }), isIt, 'rejected');
      assert.equal(ends, 0, 'end() is not called after an error');
      await assert.rejects(snapshot.scan(table, { rows: () => undefined, end: fail }), isIt, 'thrown by end');
      expectRows(await scanned(snapshot, table), rowsOf(subject), table);
    },
  );
}

function isAbort(error: unknown, reason: unknown): boolean {
  return (
    isReprocessError(error, 'REPROCESS_ABORTED') && error.name === 'AbortError' && error.cause === reason
  );
}

function counting(visited: { rows: number; ends: number }): {
  readonly rows: () => void;
  readonly end: () => void;
} {
  return {
    rows: () => {
      visited.rows += 1;
    },
    end: () => {
      visited.ends += 1;
    },
  };
}

function largest(subject: SourceSuiteSubject): string {
  const [first] = [...subject.tables].toSorted(([, left], [, right]) => right.length - left.length);
  assert.ok(first !== undefined && first[1].length > 0, 'the subject has a table with rows');
  return first[0];
}

function rowsOf(subject: SourceSuiteSubject) {
  return subject.tables.get(largest(subject)) ?? [];
}
