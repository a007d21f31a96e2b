import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { FAIL_POINTS, type Source } from '../../src/index.ts';
import {
  asFailure,
  copied,
  failureOf,
  fill,
  gate,
  levelRows,
  memoryRows,
  openHost,
  ordersSource,
  rowsIn,
  rowsOf,
  temporaryFolder,
  type RowsReprocessor,
} from './rows-host.ts';
import { openFiles } from './fault-subject.ts';

const IN_A_RUN = FAIL_POINTS.filter(
  (name) => !/^(recover|rollback|undo|discard|control|apply|log|9-)/.test(name),
);
const DECIDED = FAIL_POINTS.slice(FAIL_POINTS.indexOf('5-intent'));

describe('close()', () => {
  it.each(IN_A_RUN)('at %s aborts what is not decided, finishes what is, and leaves nothing', async (at) => {
    const filesBefore = openFiles();
    const dataDir = temporaryFolder();
    const stores = { main: levelRows(), side: memoryRows() };
    const source = ordersSource(5, 'old');
    let closing: Promise<void> | undefined;
    let armed = false;
    const failPoint = (name: string): void => {
      if (
        armed &&
        name
          .split(':')
          .slice(0, at.includes(':') ? 2 : 1)
          .join(':') === at
      )
        closing ??= host.close();
    };
    const host: RowsReprocessor = await openHost({ dataDir, stores, source, failPoint });
    await host.reprocess();
    fill(source, 5, 'new');
    armed = true;
    const outcome = await host.reprocess().then(
      ({ outcome: how }) => how,
      (error: unknown) => asFailure(error),
    );
    await closing;
    expect(closing).toBeDefined();
    if (DECIDED.includes(at)) expect(outcome).toBe('switched');
    else expect(outcome).toMatchObject({ code: 'REPROCESS_ABORTED', cause: { code: 'REPROCESS_CLOSED' } });
    expect([source.opened, source.closed]).toEqual([2, 2]);
    expect(openFiles()).toBe(filesBefore);
    expect(existsSync(`${dataDir}/owner.json`)).toBe(false);
    const again = await openHost({ dataDir, stores });
    again.on('alert', () => undefined);
    expect(await rowsOf(again)).toEqual(copied(5, DECIDED.includes(at) ? 'new' : 'old'));
    expect(readdirSync(`${dataDir}/stores/main`).filter((name) => name.endsWith('.staged'))).toEqual([]);
  });

  it('waits for reads that go on, and refuses new ones', async () => {
    const host = await openHost({
      dataDir: temporaryFolder(),
      stores: { main: levelRows() },
      source: ordersSource(2000),
    });
    await host.reprocess();
    const held = gate();
    const reading = host.read(async (lease) => {
      await held.opened;
      return rowsIn(lease);
    });
    const closing = host.close();
    expect((await failureOf(host.read(() => 1))).code).toBe('REPROCESS_CLOSED');
    held.open();
    expect(await reading).toHaveLength(2000);
    await closing;
  });

  it('may be called twice; after it everything rejects with REPROCESS_CLOSED', async () => {
    const host = await openHost({ source: ordersSource() });
    await host.reprocess();
    await Promise.all([host.close(), host.close()]);
    await host[Symbol.asyncDispose]();
    const calls = [
      () => host.reprocess(),
      () => host.reprocess({ whenRunning: 'join' }),
      () => host.rollbackTo(1),
      () => host.read(() => 1),
      () => host.acquire({ wait: true }),
      () => host.runs(),
    ];
    for (const call of calls) expect((await failureOf(call())).code).toBe('REPROCESS_CLOSED');
    expect(host.status()).toMatchObject({ state: 'CLOSED', ready: false, leases: 0 });
    host.resetCircuit();
  });

  it('waits for a source that opens after the abort, and closes what it gave exactly once', async () => {
    const rows = ordersSource();
    const asked = gate();
    const slow = gate();
    const source: Source = {
      async openSnapshot() {
        asked.open();
        await slow.opened;
        return rows.openSnapshot();
      },
    };
    const host = await openHost({ source });
    const failure = failureOf(host.reprocess());
    await asked.opened;
    const closing = host.close();
    slow.open();
    expect((await failure).code).toBe('REPROCESS_ABORTED');
    await closing;
    expect([rows.opened, rows.closed]).toEqual([1, 1]);
  });

  it.each([
    ['idle', ''],
    [
      'with a retry, a lease and its timer',
      'await host.acquire(); await host.reprocess({ source: failing }).catch(() => {});',
    ],
  ])('is not needed for a process to end (%s), and leaves none running', async (_what, between) => {
    const index = new URL('../../src/index.ts', import.meta.url).href;
    const level = new URL('../../src/adapters/level/index.ts', import.meta.url).href;
    const script = `
      import { StagedReprocessor, memorySource, defineTask } from '${index}';
      import { levelStore } from '${level}';
      const failing = { openSnapshot() { throw new Error('down'); } };
      const host = await StagedReprocessor.open({
        dataDir: process.argv[1],
        stores: { main: levelStore({ tables: { rows: { keyEncoding: 'utf8', valueEncoding: 'utf8' } } }) },
        tasks: [defineTask({ taskName: 'T', version: 1, store: 'main', sourceTables: [], async reprocess(s, c) { void c.sink('rows').put('a', 'b'); } })],
        source: memorySource({ sequence: 1n, tables: {} }),
        retry: { initialDelayMs: 60000 },
      });
      await host.reprocess();
      ${between}
      if (process.argv[2] === 'close') await host.close();
      console.log('end');`;
    for (const how of ['close', 'leave']) {
      const child = promisify(execFile)(
        process.execPath,
        ['--input-type=module', '-e', script, temporaryFolder(), how],
        {
          timeout: 30_000,
        },
      );
      expect((await child).stdout).toBe('end\n');
    }
  });
});
