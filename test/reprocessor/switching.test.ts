import { readdirSync } from 'node:fs';
import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ReprocessReport } from '../../src/index.ts';
import {
  fill,
  levelRows,
  memoryRows,
  openHost,
  ordersSource,
  temporaryFolder,
  type RowsLease,
} from './rows-host.ts';
import { openFiles, openSubjects, SUBJECTS } from './fault-subject.ts';

const ROWS = 40;
const STORES = ['main', 'side', 'quick'];

/** The one version that all rows of all stores tell, read in several ways. */
async function versionIn(lease: RowsLease): Promise<string> {
  const told = new Set<string>();
  for (const name of STORES) {
    const table = lease.store(name).table('rows');
    const values = await table.values().all();
    if (values.length !== ROWS) throw new Error(`${name} has ${String(values.length)} rows`);
    for (const value of values) told.add(value);
    let seen = 0;
    for await (const [, value] of table.iterator({ reverse: true })) {
      told.add(value);
      seen += 1;
      if (seen % 16 === 0) await turn();
    }
    if (seen !== ROWS) throw new Error(`an iterator saw ${String(seen)} rows of ${name}`);
  }
  const [version, ...others] = told;
  if (version === undefined || others.length > 0) throw new Error(`mixed: ${[...told].join(', ')}`);
  return version;
}

describe('200 switches in a row under a read loop', () => {
  it('fail, empty, tear or mix no read, and leave nothing behind', async () => {
    const dataDir = temporaryFolder();
    const stores = { main: levelRows(), side: levelRows(), quick: memoryRows() };
    const source = ordersSource(ROWS, 'v0');
    const host = await openHost({ dataDir, stores, source });
    await host.reprocess();
    await host.reprocess();
    const filesBefore = openFiles();
    let running = true;
    let reads = 0;
    const loop = async (): Promise<void> => {
      while (running) {
        const [version, again] = await host.read(async (lease) => [
          await versionIn(lease),
          await versionIn(lease),
        ]);
        expect(again).toBe(version);
        reads += 1;
      }
    };
    const readers = [loop(), loop()];
    for (let round = 1; round <= 200; round++) {
      const held = await host.acquire();
      const open = held.store('main').table('rows').iterator();
      const first = await open.next();
      if (round % 10 === 0) await host.rollbackTo(host.status().retained[0] ?? 0);
      else {
        fill(source, ROWS, `v${String(round)}`);
        const report: ReprocessReport = await host.reprocess();
        expect(report.outcome).toBe('switched');
      }
      const rest = await open.all();
      expect(new Set([first, ...rest].map((row) => row?.[1])).size).toBe(1);
      expect(rest).toHaveLength(ROWS - 1);
      held.release();
    }
    running = false;
    await Promise.all(readers);
    expect(reads).toBeGreaterThan(0);
    while (host.status().stores.some(({ discarding }) => discarding.length > 0)) await turn();
    expect(host.status()).toMatchObject({ leases: 0, state: 'NONE' });
    while (openFiles() > filesBefore) await turn();
    for (const store of ['main', 'side']) expect(readdirSync(`${dataDir}/stores/${store}`)).toHaveLength(2);
  });
});

describe('what goes on behind a run', () => {
  it('is an alert when it fails, and the run stands', async () => {
    const failPoint = (name: string): void => {
      if (name === '9-retired') throw new Error('behind');
    };
    const host = await openHost({ source: ordersSource(1), failPoint });
    const alerts: (string | undefined)[] = [];
    host.on('alert', ({ error }) => alerts.push(error?.message));
    await host.reprocess();
    expect((await host.reprocess()).outcome).toBe('switched');
    await host.close();
    expect(alerts).toEqual(['behind']);
  });
});

describe('a lease', () => {
  it('costs about a microsecond', async () => {
    const { host } = await openSubjects({ main: SUBJECTS.memory() }, { source: ordersSource(1) });
    await host.reprocess();
    const rounds = 100_000;
    for (let round = 0; round < rounds; round++) (await host.acquire()).release();
    const start = performance.now();
    for (let round = 0; round < rounds; round++) (await host.acquire()).release();
    const microseconds = ((performance.now() - start) * 1000) / rounds;
    // No assertion on time: only that it is of that order, by far.
    expect(microseconds).toBeLessThan(1000);
    console.info(`lease acquire + release: ${microseconds.toFixed(2)} us`);
  });
});
