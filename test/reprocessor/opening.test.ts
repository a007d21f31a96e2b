import { existsSync, readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { faultyStore } from '../../src/testing/index.ts';
import {
  copied,
  copyTask,
  failureOf,
  fill,
  gate,
  levelRows,
  memoryRows,
  openHost,
  ordersSource,
  rowsOf,
  temporaryFolder,
  type RowsReprocessor,
} from './rows-host.ts';

/** Resolves when the run that the library has started is over. */
async function idle(host: RowsReprocessor): Promise<void> {
  while (host.status().lastReport === undefined) await turn();
}

describe('volatile stores', () => {
  it('alone need no directory and touch no disk', async () => {
    const folder = temporaryFolder();
    const before = process.cwd();
    process.chdir(folder);
    try {
      const host = await openHost({ source: ordersSource(5000), sortBufferBytes: 1024 });
      await host.reprocess();
      await host.reprocess();
      await host.rollbackTo(1);
      expect(await rowsOf(host)).toHaveLength(5000);
      await host.close();
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      process.chdir(before);
    }
  });

  it('are rebuilt at open; until then they are not ready and the others are served', async () => {
    const options = { dataDir: temporaryFolder(), stores: { main: levelRows(), side: memoryRows() } };
    const first = await openHost({ ...options, source: ordersSource() });
    await first.reprocess();
    await first.close();
    const held = gate();
    const slow = copyTask('Copy-side', 'side', {
      async reprocess(snapshot, context) {
        await held.opened;
        return copyTask().reprocess(snapshot, context);
      },
    });
    const source = ordersSource();
    const host = await openHost({ ...options, source, tasks: [copyTask('Copy-main', 'main'), slow] });
    expect(await rowsOf(host)).toEqual(copied());
    const error = await failureOf(rowsOf(host, 'side'));
    expect(error).toMatchObject({ code: 'REPROCESS_NOT_READY', details: { store: 'side' } });
    held.open();
    await idle(host);
    expect(await rowsOf(host, 'side')).toEqual(copied());
    expect(host.status().lastReport).toMatchObject({ reason: 'STORE_VOLATILE', generation: 2 });
    expect(host.status().lastReport?.tasks.map(({ taskName }) => taskName)).toEqual(['Copy-side']);
  });

  it('without a source are an alert', async () => {
    const options = { dataDir: temporaryFolder(), stores: { main: levelRows(), side: memoryRows() } };
    const first = await openHost(options);
    await first.reprocess({ source: ordersSource() });
    await first.close();
    const errors: string[] = [];
    const silent = (): void => undefined;
    const logger = {
      debug: silent,
      info: silent,
      warn: silent,
      error: (message: string) => void errors.push(message),
    };
    const host = await openHost({ ...options, logger });
    expect(errors).toEqual(['A rebuild is needed (STORE_VOLATILE), but no source was given to `open`']);
    expect(await rowsOf(host)).toEqual(copied());
  });
});

describe('what has changed since the data was built', () => {
  it.each([
    ['the version', { version: 2 }],
    ['an option', { dataOptions: { tax: 0.2 } }],
  ])('(%s of a task) is rebuilt behind the old data, which is told as outdated', async (_what, change) => {
    const dataDir = temporaryFolder();
    const stores = { main: levelRows(), side: levelRows() };
    const source = ordersSource(5, 'old');
    const first = await openHost({ dataDir, stores, source });
    await first.reprocess();
    await first.close();
    fill(source, 5, 'new');
    const held = gate();
    const changed = copyTask('Copy-side', 'side', {
      ...change,
      async reprocess(snapshot, context) {
        await held.opened;
        return copyTask().reprocess(snapshot, context);
      },
    });
    const host = await openHost({ dataDir, stores, source, tasks: [copyTask('Copy-main', 'main'), changed] });
    expect(host.status().stores.map(({ store, outdated }) => [store, outdated])).toEqual([
      ['main', false],
      ['side', true],
    ]);
    expect(await rowsOf(host, 'side')).toEqual(copied(5, 'old'));
    held.open();
    await idle(host);
    expect(await rowsOf(host, 'side')).toEqual(copied(5, 'new'));
    expect(await rowsOf(host, 'main')).toEqual(copied(5, 'old'));
    expect(host.status().stores.some(({ outdated }) => outdated)).toBe(false);
    expect((await failureOf(host.rollbackTo(1))).code).toBe('REPROCESS_TASK_VERSION');
  });

  it('(nothing) starts nothing: options compare as JSON keeps them', async () => {
    const dataOptions = { a: { b: 1, c: undefined }, since: new Date(0), list: [undefined] };
    const options = { dataDir: temporaryFolder(), stores: { main: levelRows() } };
    const tasks = [copyTask('Copy', 'main', { dataOptions })];
    const first = await openHost({ ...options, tasks, source: ordersSource() });
    await first.reprocess();
    await first.close();
    const source = ordersSource();
    const host = await openHost({ ...options, tasks, source });
    await turn();
    expect(host.status()).toMatchObject({ run: undefined, stores: [{ outdated: false }] });
    expect(source.opened).toBe(0);
  });

  it('(a store was added) is built in the background', async () => {
    const dataDir = temporaryFolder();
    const first = await openHost({ dataDir, stores: { main: levelRows() }, source: ordersSource() });
    await first.reprocess();
    await first.close();
    const stores = { main: levelRows(), side: levelRows() };
    const host = await openHost({ dataDir, stores, source: ordersSource() });
    await idle(host);
    expect(await rowsOf(host, 'side')).toEqual(copied());
  });

  it('(a store was left out) is refused: its data would be orphaned', async () => {
    const dataDir = temporaryFolder();
    const first = await openHost({
      dataDir,
      stores: { main: levelRows(), side: levelRows() },
      source: ordersSource(),
    });
    await first.reprocess();
    await first.close();
    await expect(openHost({ dataDir, stores: { main: levelRows() } })).rejects.toThrow(TypeError);
    const again = await openHost({ dataDir, stores: { main: levelRows(), side: levelRows() } });
    expect(await rowsOf(again, 'side')).toEqual(copied());
  });
});

describe('an open that fails', () => {
  it('in init() of a task leaves nothing open', async () => {
    const dataDir = temporaryFolder();
    const failing = copyTask('Copy', 'main', {
      init() {
        throw new RangeError('no cache');
      },
    });
    const error = await failureOf(openHost({ dataDir, stores: { main: levelRows() }, tasks: [failing] }));
    expect(error).toMatchObject({ code: 'REPROCESS_TASK_FAILED', details: { task: 'Copy' } });
    expect(error.cause).toEqual(new RangeError('no cache'));
    expect(existsSync(`${dataDir}/owner.json`)).toBe(false);
    await openHost({ dataDir, stores: { main: levelRows() }, source: ordersSource() });
  });

  it('in call 0, 1, 2 … of a store says which, and leaves nothing open', async () => {
    const dataDir = temporaryFolder();
    const faulty = faultyStore(levelRows());
    const stores = { main: levelRows(), side: faulty.adapter };
    const first = await openHost({ dataDir, stores, source: ordersSource() });
    await first.reprocess();
    await first.close();
    for (let call = 0; ; call++) {
      faulty.arm({ failOn: call });
      const opened = await openHost({ dataDir, stores }).catch((error: unknown) => error);
      if (faulty.failed.length === 0) break;
      expect(opened).toMatchObject({ code: 'REPROCESS_STORE_FAILED', details: { store: 'side' } });
      faulty.arm();
      const again = await openHost({ dataDir, stores });
      expect(await rowsOf(again, 'side')).toEqual(copied());
      await again.close();
    }
  });
});
