import { describe, expect, it } from 'vitest';
import type { Alert } from '../../src/index.ts';
import { faultyStore } from '../../src/testing/index.ts';
import {
  copied,
  entriesOf,
  failureOf,
  fill,
  levelRows,
  openHost,
  openWithClock,
  ordersSource,
  reportOf,
  rowsOf,
  temporaryFolder,
} from './rows-host.ts';
import { openFiles, until } from './fault-subject.ts';

interface Plan {
  readonly what: string;
  /** From this fail-point on. */
  readonly from: string;
  /** Names that throw then, each once and in this order; the last one goes on throwing if `lasting`. */
  readonly fails: readonly string[];
  readonly lasting?: boolean;
}

/** Throws what a plan says, once it is armed. */
function failPointOf(plan: Plan) {
  let left: string[] = [];
  let state: 'idle' | 'armed' | 'failing' = 'idle';
  const failPoint = (name: string): void => {
    if (state === 'armed' && name === plan.from) state = 'failing';
    if (state !== 'failing' || name !== left[0]) return;
    if (left.length > 1 || plan.lasting !== true) left.shift();
    throw new Error(`no ${name}`);
  };
  return {
    failPoint,
    arm: () => {
      state = 'armed';
      left = [...plan.fails];
    },
    disarm: () => {
      state = 'idle';
    },
  };
}

const UNDECIDED: readonly (Plan & { readonly reopens: 'old' | 'new' })[] = [
  {
    what: 'the intent, and its withdrawal',
    from: '4-ready',
    fails: ['control:write'],
    lasting: true,
    reopens: 'old',
  },
  {
    what: 'the intent, which is on disk, and its withdrawal',
    from: '4-ready',
    fails: ['control:written', 'control:write'],
    lasting: true,
    reopens: 'new',
  },
  { what: 'the outcome', from: '6-committed', fails: ['control:write'], reopens: 'new' },
  { what: 'the outcome, which is on disk', from: '6-committed', fails: ['control:written'], reopens: 'new' },
  { what: 'the abort', from: '6-committed', fails: ['6-committed', 'control:write'], reopens: 'new' },
  {
    what: 'the abort, which is on disk',
    from: '6-committed',
    fails: ['6-committed', 'control:written'],
    reopens: 'old',
  },
];

describe('when a decision cannot be written', () => {
  it.each(UNDECIDED)(
    '($what) the old data is served and nothing starts; reopening gives the $reopens',
    async (plan) => {
      const dataDir = temporaryFolder();
      const { failPoint, arm, disarm } = failPointOf(plan);
      const source = ordersSource(5, 'old');
      const stores = { main: levelRows(), side: levelRows() };
      const { reprocessor: host, clock } = await openWithClock({
        dataDir,
        stores,
        source,
        failPoint,
        leaseTimeoutMs: 0,
      });
      await host.reprocess();
      const alerts: Alert[] = [];
      host.on('alert', (alert) => alerts.push(alert));
      fill(source, 5, 'new');
      const filesBefore = openFiles();
      arm();
      const error = await failureOf(host.reprocess());
      expect(error.code).toBe('REPROCESS_UNDECIDED');
      // What was opened to become live is let go.
      if (plan.from === '6-committed') await until(() => openFiles() <= filesBefore);
      expect(reportOf(error)).toMatchObject({ outcome: 'failed', error: { code: 'REPROCESS_UNDECIDED' } });
      expect(JSON.stringify(reportOf(error).error)).toContain(plan.fails[0]);
      expect(alerts.map(({ code }) => code)).toContain('REPROCESS_UNDECIDED');
      expect(host.status()).toMatchObject({ state: 'FAILED', ready: true, generation: 1 });
      expect(clock.pending).toBe(0);
      disarm();
      for (const store of ['main', 'side']) expect(await rowsOf(host, store)).toEqual(copied(5, 'old'));
      for (const start of [() => host.reprocess(), () => host.rollbackTo(1)]) {
        expect((await failureOf(start())).code).toBe('REPROCESS_UNDECIDED');
      }
      await host.close();
      const again = await openHost({ dataDir, stores, source });
      for (const store of ['main', 'side'])
        expect(await rowsOf(again, store)).toEqual(copied(5, plan.reopens));
      expect(again.status()).toMatchObject({ state: 'NONE', generation: plan.reopens === 'old' ? 1 : 2 });
      await again.reprocess();
      expect(await rowsOf(again)).toEqual(copied(5, 'new'));
      await again.close();
      expect(entriesOf(`${dataDir}/stores/main`)).toHaveLength(2);
    },
  );

  it('(the undo of a commit) reopening undoes it', async () => {
    const dataDir = temporaryFolder();
    const faulty = faultyStore(levelRows());
    const source = ordersSource(5, 'old');
    const stores = { main: levelRows(), side: faulty.adapter };
    const host = await openHost({ dataDir, stores, source });
    await host.reprocess();
    fill(source, 5, 'new');
    faulty.arm({ failOn: ({ name }) => name === 'commit' || name === 'undo' });
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({
      code: 'REPROCESS_UNDECIDED',
      cause: { code: 'REPROCESS_STORE_FAILED', details: { store: 'side', step: 'commit' } },
    });
    const { error: first, rollbackError } = reportOf(error);
    expect(JSON.stringify(first)).toContain('Injected fault: commit');
    expect(JSON.stringify(rollbackError)).toContain('Injected fault: undo');
    expect(await rowsOf(host, 'side')).toEqual(copied(5, 'old'));
    faulty.arm();
    await host.close();
    const again = await openHost({ dataDir, stores, source });
    for (const store of ['main', 'side']) expect(await rowsOf(again, store)).toEqual(copied(5, 'old'));
    await again.reprocess();
    expect(await rowsOf(again, 'side')).toEqual(copied(5, 'new'));
  });

  it('(at open) the old data is served in FAILED, and nothing starts', async () => {
    const dataDir = temporaryFolder();
    const plan = failPointOf({ what: '', from: '6-committed', fails: ['control:write'] });
    const faulty = faultyStore(levelRows());
    const source = ordersSource(5, 'old');
    const host = await openHost({
      dataDir,
      stores: { main: faulty.adapter },
      source,
      failPoint: plan.failPoint,
    });
    await host.reprocess();
    fill(source, 5, 'new');
    plan.arm();
    await failureOf(host.reprocess());
    await host.close();
    faulty.arm({ failOn: ({ name }) => name === 'commit' });
    const failed = await openHost({ dataDir, stores: { main: faulty.adapter }, source });
    expect(failed.status()).toMatchObject({ state: 'FAILED', generation: 1 });
    expect(await rowsOf(failed)).toEqual(copied(5, 'old'));
    expect((await failureOf(failed.reprocess())).code).toBe('REPROCESS_UNDECIDED');
    await failed.close();
    faulty.arm();
    const again = await openHost({ dataDir, stores: { main: faulty.adapter }, source });
    expect(again.status()).toMatchObject({ state: 'NONE', generation: 2 });
    expect(await rowsOf(again)).toEqual(copied(5, 'new'));
  });
});

describe('when the intent cannot be written, but can be withdrawn', () => {
  it.each(['control:write', 'control:written'])('(%s) it is a failed run like others', async (name) => {
    const dataDir = temporaryFolder();
    const { failPoint, arm } = failPointOf({ what: '', from: '4-ready', fails: [name] });
    const source = ordersSource(5, 'old');
    const stores = { main: levelRows() };
    const host = await openHost({ dataDir, stores, source, failPoint, retry: { maxRetries: 0 } });
    await host.reprocess();
    fill(source, 5, 'new');
    arm();
    const error = await failureOf(host.reprocess());
    expect(error).toMatchObject({ code: 'REPROCESS_CONTROL_FAILED', cause: { message: `no ${name}` } });
    expect(await rowsOf(host)).toEqual(copied(5, 'old'));
    expect((await host.reprocess()).outcome).toBe('switched');
    expect(await rowsOf(host)).toEqual(copied(5, 'new'));
  });
});

describe('when write 0, 1, 2 … of the control record fails', () => {
  it.each(['control:write', 'control:written'])(
    '(%s) the data is old or new, and reopening goes on',
    async (at) => {
      const dataDir = temporaryFolder();
      const source = ordersSource(2, 'v0');
      const stores = { main: levelRows() };
      let left = Infinity;
      const failPoint = (name: string): void => {
        if (name === at && left-- === 0) throw new Error('no write');
      };
      let host = await openHost({ dataDir, stores, source, failPoint, retry: { maxRetries: 0 } });
      await host.reprocess();
      for (let write = 0; left > 0; write++) {
        const before = await rowsOf(host);
        fill(source, 2, `v${String(write)}`);
        left = write;
        const failed = await host.reprocess().then(
          () => false,
          () => true,
        );
        if (left >= 0) break;
        left = Infinity;
        expect(await rowsOf(host)).toEqual(failed ? before : copied(2, `v${String(write)}`));
        await host.close();
        host = await openHost({ dataDir, stores, source, failPoint, retry: { maxRetries: 0 } });
        expect([before, copied(2, `v${String(write)}`)]).toContainEqual(await rowsOf(host));
        await host.reprocess();
        expect(await rowsOf(host)).toEqual(copied(2, `v${String(write)}`));
      }
      expect(left).toBeGreaterThanOrEqual(0);
    },
  );
});
