import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { ReprocessStatus } from '../../src/index.ts';
import type { HolderRequest } from './holder.ts';
import { expectNothingLeft, expectRecovered } from './killed-home.ts';
import { inPairs, runChild } from './run-host.ts';
import { makeHome } from './world.ts';

const WORLD = 'level+sqlite';
let root = '';
let home = '';
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
  home = join(root, 'home');
  await makeHome(home, WORLD);
});
afterAll(() => {
  rmSync(root, { recursive: true, force: true });
});

async function stop(
  stopAt: number,
): Promise<{ dataDir: string; code: number | null; points: readonly string[] }> {
  const dataDir = `${home}-${stopAt}`;
  cpSync(home, dataDir, { recursive: true });
  const request: HolderRequest = { dataDir, world: WORLD, mode: 'stop', stopAt };
  return { dataDir, ...(await runChild('holder.ts', request)) };
}

test('SIGTERM with close() at every point of a run: exit 0, old or new, nothing left over', async () => {
  const { points } = await stop(-1);
  const total = points.filter((point) => !/^(?:ready|switched)/u.test(point)).length;
  expect(total).toBeGreaterThan(25);
  const versions = new Set<number>();
  await inPairs([...Array(total).keys()], async (stopAt) => {
    const { dataDir, code, points: met } = await stop(stopAt);
    const where = `stopped at ${String(stopAt)} ${String(met[stopAt + 1])}`;
    expect(code, where).toBe(0);
    const closed = JSON.parse(readFileSync(join(dataDir, 'status.json'), 'utf8')) as ReprocessStatus;
    expect(closed, where).toMatchObject({ state: 'CLOSED', leases: 0 });
    // Before anything was opened again.
    expectNothingLeft(dataDir, closed);
    const version = met.includes('switched 100') ? 100 : 2;
    versions.add(version);
    await expectRecovered(dataDir, WORLD, 'run', version, 101);
    rmSync(dataDir, { recursive: true });
  });
  expect(versions).toEqual(new Set([2, 100]));
}, 600_000);
