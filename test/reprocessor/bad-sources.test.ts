import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { Source, SourceSnapshot } from '../../src/index.ts';
import {
  copied,
  failureOf,
  gate,
  openHost,
  ordersSource,
  reportOf,
  rowsOf,
  type Gate,
  type RowsReprocessor,
} from './rows-host.ts';

/** A source that answers only when it is told to. */
function silentSource(): { source: Source; asked: Gate; answer: (snapshot: SourceSnapshot) => void } {
  const asked = gate();
  const { promise, resolve } = Promise.withResolvers<SourceSnapshot>();
  const openSnapshot = (): Promise<SourceSnapshot> => {
    asked.open();
    return promise;
  };
  return { source: { openSnapshot }, asked, answer: resolve };
}

describe('a source that does not answer', () => {
  it.each(['abort', 'close'])('ends with %s, and the snapshot that comes late is closed', async (how) => {
    const { source, asked, answer } = silentSource();
    const host = await openHost({ source });
    const aborting = new AbortController();
    const failure = failureOf(host.reprocess({ signal: aborting.signal }));
    await asked.opened;
    if (how === 'abort') aborting.abort(new Error('enough'));
    else await host.close();
    const error = await failure;
    expect(error).toMatchObject({ code: 'REPROCESS_ABORTED', name: 'AbortError' });
    expect(error.cause).toMatchObject(how === 'abort' ? { message: 'enough' } : { code: 'REPROCESS_CLOSED' });
    expect(reportOf(error)).toMatchObject({ outcome: 'aborted', tasks: [{ outcome: 'not-run' }] });
    if (how === 'abort') {
      const next = ordersSource();
      await host.reprocess({ source: next });
      expect([await rowsOf(host), next.closed]).toEqual([copied(), 1]);
      await host.close();
    }
    const late = ordersSource();
    answer(late.openSnapshot());
    for (let turns = 0; turns < 3; turns++) await turn();
    expect(late.closed).toBe(1);
  });
});

const PAIRS = ['run:begin', 'rollback:begin', 'rollback:end', 'run:end'];

function events(host: RowsReprocessor): string[] {
  const told: string[] = [];
  for (const name of ['run:begin', 'rollback:begin', 'rollback:end', 'run:end', 'alert'] as const)
    host.on(name, () => told.push(name));
  return told;
}

/** A snapshot without types, as a host in JavaScript may make it; `undefined` takes a field away. */
function snapshotWith(changes: Readonly<Record<string, unknown>>, onClose: () => void): object {
  const good = ordersSource(3).openSnapshot();
  return {
    sequence: good.sequence,
    tables: good.tables,
    estimateRows: () => 3,
    scan: good.scan.bind(good),
    get: good.get.bind(good),
    close: async () => {
      onClose();
      await good.close();
    },
    ...changes,
  };
}

describe('a snapshot of the wrong shape', () => {
  it.each([
    ['no sequence', { sequence: undefined }, 'sequence'],
    ['a number as sequence', { sequence: 7 }, 'sequence'],
    ['a fraction as sequence', { sequence: 1.5 }, 'sequence'],
    ['a text as sequence', { sequence: 'abc' }, 'sequence'],
    ['no scan', { scan: undefined }, 'scan'],
    ['no get', { get: null }, 'get'],
    ['no estimateRows', { estimateRows: 3 }, 'estimateRows'],
    ['no tables', { tables: undefined }, 'tables'],
    ['a bigint as history', { history: 5n }, 'history'],
  ])('(%s) fails the run before it starts, with the whole report', async (_what, changes, missing) => {
    let closes = 0;
    const given = snapshotWith(changes, () => (closes += 1));
    expect(await refused(() => given, new RegExp(`lacks ${missing}`))).toEqual(PAIRS);
    expect(closes).toBe(1);
  });

  it.each([[undefined], [null], [5], ['text'], [{}], [Object.create(null)]])(
    '(%o) is none at all',
    async (given: unknown) => {
      const told = await refused(() => given, /lacks scan, get, close/);
      expect(told.filter((name) => name !== 'alert')).toEqual(PAIRS);
    },
  );
});

/** The events of a run whose source opens this; it fails with that sentence, and the next run succeeds. */
async function refused(open: () => unknown, sentence: RegExp): Promise<readonly string[]> {
  // What a host's types would have refused.
  const source = { openSnapshot: open } as unknown as Source;
  const host = await openHost({ source, retry: { maxRetries: 0 } });
  const heard = events(host);
  const error = await failureOf(host.reprocess());
  expect(error.code).toBe('REPROCESS_SOURCE_FAILED');
  expect(error.message).toMatch(sentence);
  expect(reportOf(error)).toMatchObject({
    outcome: 'failed',
    generation: undefined,
    snapshot: undefined,
    tasks: [{ taskName: 'Copy-main', outcome: 'not-run' }],
    error: { code: 'REPROCESS_SOURCE_FAILED' },
  });
  const told = [...heard];
  expect(host.status()).toMatchObject({ state: 'FAILED', ready: false });
  await host.reprocess({ source: ordersSource() });
  expect(await rowsOf(host)).toEqual(copied());
  return told;
}
