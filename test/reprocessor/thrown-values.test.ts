import { describe, expect, it } from 'vitest';
import { StagedReprocessError, type ErrorReport } from '../../src/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  openHost,
  ordersSource,
  reportOf,
  rowsOf,
  taskDoing,
  type HostOptions,
  type RowsTask,
} from './rows-host.ts';

/** Rejects with a value that no type allows to be thrown. */
function rejecting(thrown: unknown): Promise<never> {
  const { promise, reject } = Promise.withResolvers<never>();
  reject(thrown);
  return promise;
}

function circular(): Error {
  const error = new Error('round');
  error.cause = error;
  return error;
}

const THROWN: readonly (readonly [string, () => unknown])[] = [
  ['undefined', () => undefined],
  ['null', () => null],
  ['a string', () => 'text'],
  ['a symbol', () => Symbol('sign')],
  ['an object without prototype', (): unknown => Object.create(null)],
  ['a function', () => () => undefined],
  ['a frozen error', () => Object.freeze(new Error('frozen'))],
  ['an error that is its own cause', circular],
  ['an error of this library', () => new StagedReprocessError('REPROCESS_SOURCE_CORRUPT', 'damaged')],
];

const PLACES: readonly (readonly [string, (thrown: unknown) => HostOptions])[] = [
  ['the source', (thrown) => ({ source: { openSnapshot: () => rejecting(thrown) } })],
  ['a task', (thrown) => tasks(taskDoing(() => rejecting(thrown), 'Bad'))],
  [
    'a visitor',
    (thrown) =>
      tasks(
        taskDoing(async (snapshot) => {
          await snapshot.scan('orders', { rows: () => rejecting(thrown) });
        }, 'Bad'),
      ),
  ],
  ['verify()', (thrown) => tasks(copyTask('Bad', 'main', { verify: () => rejecting(thrown) }))],
  [
    'a fail-point of the switch',
    (thrown) => ({ failPoint: (name) => (name === '6-committed' ? rejecting(thrown) : undefined) }),
  ],
];

function tasks(bad: RowsTask): HostOptions {
  return { tasks: [bad, copyTask('Good')] };
}

/** An error and its causes as text, until one comes again. */
function chain(error: unknown): readonly string[] {
  const seen = new Set<unknown>();
  const told: string[] = [];
  for (let one = error; one instanceof Error && !seen.has(one); one = one.cause) {
    seen.add(one);
    told.push(`${one.name} ${one.message}`);
  }
  return told;
}

describe.each(PLACES)('what %s throws', (_place, options) => {
  it.each(THROWN)('(%s) fails the run with a code and the whole report', async (_what, make) => {
    const host = await openHost({ source: ordersSource(), retry: { maxRetries: 0 }, ...options(make()) });
    const told: string[] = [];
    host.on('run:begin', () => told.push('begin')).on('run:end', ({ report }) => told.push(report.outcome));
    const error = await failureOf(host.reprocess());
    const report = reportOf(error);
    expect(report.outcome).toBe('failed');
    expect(report.error).toMatchObject({ code: error.code, message: error.message });
    expect(report.tasks.map(({ outcome }) => outcome)).not.toContain(undefined);
    expect(report.tasks.length).toBeGreaterThan(0);
    expect(told).toEqual(['begin', 'failed']);
    // An error that carries itself, or a copy of itself, as its cause tells nothing twice.
    const causes = chain(error);
    expect(causes).toEqual([...new Set(causes)]);
    expect(depthOf(report.error)).toBeLessThan(12);
    expect(host.status()).toMatchObject({ state: 'FAILED', lastError: { code: error.code } });
    await host.close();
  });
});

function depthOf(report: ErrorReport | undefined): number {
  return report === undefined ? 0 : 1 + depthOf(report.cause);
}

describe('the first error', () => {
  it('of a source keeps its code and has no cause of its own making', async () => {
    const thrown = new StagedReprocessError('REPROCESS_SOURCE_CORRUPT', 'damaged');
    const host = await openHost({
      source: { openSnapshot: () => Promise.reject(thrown) },
      retry: { maxRetries: 0 },
    });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({ code: 'REPROCESS_SOURCE_CORRUPT', message: 'damaged' });
    expect(error.cause).toBeUndefined();
    expect(reportOf(error).error?.cause).toBeUndefined();
    await host.reprocess({ source: ordersSource() });
    expect(await rowsOf(host)).toEqual(copied());
  });

  it('of a task is the cause, told once', async () => {
    const thrown = new RangeError('too far');
    const host = await openHost({
      tasks: [taskDoing(() => Promise.reject(thrown), 'Bad')],
      source: ordersSource(),
      retry: { maxRetries: 0 },
    });
    const error = await failureOf(host.reprocess());
    expect(error.code).toBe('REPROCESS_TASK_FAILED');
    expect(error.cause).toBe(thrown);
    expect(reportOf(error).error).toMatchObject({ cause: { name: 'RangeError', cause: undefined } });
  });
});
