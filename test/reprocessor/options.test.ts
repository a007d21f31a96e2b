import { describe, expect, it } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { copyTask, levelRows, memoryRows, openHost, ordersSource } from './rows-host.ts';

/** `open` as a caller without types sees it. */
const open = (options: unknown): Promise<unknown> =>
  Reflect.apply(StagedReprocessor.open.bind(StagedReprocessor), undefined, [options]) as Promise<unknown>;

const good = () => ({ stores: { main: memoryRows() }, tasks: [copyTask()] });

describe('open', () => {
  it.each([
    [undefined, 'Expected `options` to be an object, got `undefined` (undefined)'],
    [{ ...good(), dataDri: 'x' }, 'Unknown option `dataDri` in `options`: expected one of dataDir, stores,'],
    [
      { ...good(), stores: {} },
      'Expected `stores` to be an object with at least one store, got `[object Object]` (object)',
    ],
    [{ ...good(), stores: { main: {} } }, 'Expected `stores` to be an object with at least one store'],
    [
      { ...good(), stores: { 'a/b': memoryRows() } },
      'Expected `stores` to be named in letters, digits, `_` and `-`, at most 64',
    ],
    [
      { tasks: [copyTask()] },
      'Expected `stores` to be an object with at least one store, got `undefined` (undefined)',
    ],
    [{ ...good(), tasks: 'Copy' }, 'Expected `tasks` to be a list of tasks, got `Copy` (string)'],
    [{ ...good(), tasks: [{}] }, 'Expected `tasks` to be a list of tasks, got `[object Array]` (array)'],
    [
      { ...good(), tasks: [copyTask(), copyTask()] },
      'Expected `tasks` to be of different names, got `Copy` (string)',
    ],
    [{ ...good(), tasks: [copyTask('')] }, 'Expected `taskName` to be a name, got `` (string)'],
    [
      { ...good(), tasks: [copyTask('Copy', 'other')] },
      "Expected `store of task 'Copy'` to be one of main, got `other` (string)",
    ],
    [
      { ...good(), tasks: [copyTask('Copy', 'main', { version: 1.5 })] },
      "Expected `version of task 'Copy'` to be an integer of at least 0, got `1.5` (number)",
    ],
    [
      { ...good(), tasks: [copyTask('Copy', 'main', { privateTables: ['memo'] })] },
      "Expected `privateTables of task 'Copy'` to be tables of store 'main', got `memo` (string)",
    ],
    [
      { ...good(), tasks: [copyTask('Copy', 'main', { dataOptions: { since: 1n } })] },
      "Expected `dataOptions of task 'Copy'` to be plain JSON, got `[object Object]` (object)",
    ],
    [{ ...good(), dataDir: '' }, 'Expected `dataDir` to be a path, got `` (string)'],
    [
      { stores: { main: levelRows() }, tasks: [copyTask()] },
      "Expected `dataDir` to be given, since store 'main' is durable, got `undefined` (undefined)",
    ],
    [
      { ...good(), source: {} },
      'Expected `source` to be a source with `openSnapshot`, got `[object Object]` (object)',
    ],
    [
      { ...good(), retainGenerations: -1 },
      'Expected `retainGenerations` to be an integer of at least 0, got `-1` (number)',
    ],
    [{ ...good(), verify: 'none' }, "Expected `verify` to be 'standard' or 'full', got `none` (string)"],
    [{ ...good(), maxShrink: NaN }, 'Expected `maxShrink` to be a number from 0 to 1, got `NaN` (number)'],
    [
      { ...good(), maxQuarantined: 0.5 },
      'Expected `maxQuarantined` to be an integer of at least 0, or Infinity, got `0.5` (number)',
    ],
    [
      { ...good(), taskTimeoutMs: '5s' },
      'Expected `taskTimeoutMs` to be milliseconds, or 0, got `5s` (string)',
    ],
    [{ ...good(), retry: null }, 'Expected `retry` to be an object, got `null` (null)'],
    [
      { ...good(), retry: { max: 1 } },
      'Unknown option `max` in `retry`: expected one of maxRetries, initialDelayMs, maxDelayMs, circuitResetMs',
    ],
    [
      { ...good(), retry: { maxDelayMs: Infinity } },
      'Expected `maxDelayMs` to be milliseconds, got `Infinity` (number)',
    ],
    [
      { ...good(), leaseTimeoutMs: -1 },
      'Expected `leaseTimeoutMs` to be milliseconds, or 0, got `-1` (number)',
    ],
    [{ ...good(), revokeLeases: 'yes' }, 'Expected `revokeLeases` to be a boolean, got `yes` (string)'],
    [
      { ...good(), sortBufferBytes: 10 },
      'Expected `sortBufferBytes` to be an integer of at least 1024, got `10` (number)',
    ],
    [
      { ...good(), adopt: { sequence: 5 } },
      'Expected `adopt` to be an object with a `sequence` (bigint), got `[object Object]` (object)',
    ],
    [
      { ...good(), adopt: { sequence: 5n, where: 'x' } },
      'Unknown option `where` in `adopt`: expected one of sequence, history, locations, discard',
    ],
    [
      { ...good(), logger: { error: () => undefined } },
      'Expected `logger` to be an object with debug, info, warn and error',
    ],
    [
      { ...good(), clock: Date },
      'Expected `clock` to be an object with now and setTimer, got `[object Function]` (function)',
    ],
    [{ ...good(), seed: 1.5 }, 'Expected `seed` to be an integer, got `1.5` (number)'],
    [{ ...good(), failPoint: 'x' }, 'Expected `failPoint` to be a function, got `x` (string)'],
  ])('refuses wrong options (%#)', async (options, message) => {
    const error: unknown = await open(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(message);
  });

  it('takes `undefined` for an option that is left out', async () => {
    const host = await openHost({ retainGenerations: undefined, retry: { maxRetries: undefined } } as object);
    expect(host.status().state).toBe('NONE');
  });
});

describe('the calls', () => {
  it.each([
    [
      'reprocess',
      { taks: [] },
      'Unknown option `taks` in `options`: expected one of tasks, source, signal, reason, whenRunning',
    ],
    [
      'reprocess',
      { tasks: 'Copy' },
      'Expected `tasks` to be a list of at least one task name, got `Copy` (string)',
    ],
    [
      'reprocess',
      { tasks: [] },
      'Expected `tasks` to be a list of at least one task name, got `[object Array]` (array)',
    ],
    ['reprocess', { tasks: ['Other'] }, 'Expected `tasks` to be among Copy-main, got `Other` (string)'],
    [
      'reprocess',
      { source: null },
      'Expected `source` to be a source with `openSnapshot`, got `null` (null)',
    ],
    [
      'reprocess',
      { source: {} },
      'Expected `source` to be a source with `openSnapshot`, got `[object Object]` (object)',
    ],
    ['reprocess', { signal: {} }, 'Expected `signal` to be an AbortSignal, got `[object Object]` (object)'],
    ['reprocess', { reason: 'BORED' }, 'Expected `reason` to be one of FULL_SNAPSHOT, SEQUENCE_GAP,'],
    [
      'reprocess',
      { whenRunning: 'queue' },
      "Expected `whenRunning` to be 'reject' or 'join', got `queue` (string)",
    ],
    ['acquire', { frozen: 1 }, 'Expected `frozen` to be a boolean, got `1` (number)'],
    [
      'acquire',
      { generations: 1 },
      'Unknown option `generations` in `options`: expected one of frozen, wait, signal',
    ],
    ['acquire', { signal: 'now' }, 'Expected `signal` to be an AbortSignal, got `now` (string)'],
    ['rollbackTo', 'last', 'Expected `generation` to be an integer, got `last` (string)'],
  ])('%s refuses %j', async (method, argument, message) => {
    const host = await openHost({ source: ordersSource() });
    const call: unknown = Reflect.get(host, method);
    if (typeof call !== 'function') throw new Error(method);
    const error: unknown = await (Reflect.apply(call, host, [argument]) as Promise<unknown>).catch(
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(String(error)).toContain(message);
  });

  it('read refuses by a rejection, not by a throw', async () => {
    const host = await openHost();
    const wrong = { frozen: 'yes' } as object;
    await expect(host.read(() => 1, wrong)).rejects.toThrow('Expected `frozen` to be a boolean');
  });

  it('reprocess refuses a reprocessor without tasks', async () => {
    const host = await openHost({ tasks: [], source: ordersSource() });
    await expect(host.reprocess()).rejects.toThrow(
      new TypeError('There is no task to run: `open` was given none'),
    );
  });
});
