import { spawn, type ChildProcessByStdio } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable, Writable } from 'node:stream';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { StagedReprocessor } from '../../src/index.ts';
import { treeDigest } from '../conformance/tree-digest.ts';
import type { HolderRequest } from './holder.ts';
import { versionsOf } from './read-versions.ts';
import { makeHome, openOptions, storesOf } from './world.ts';

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

type Holder = ChildProcessByStdio<Writable, Readable, null>;
const holders: Holder[] = [];
afterEach(async () => {
  for (const holder of holders.splice(0)) {
    if (holder.exitCode !== null || holder.signalCode !== null) continue;
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
});

/** Starts a holder and waits until the directory is open. */
async function hold(mode: HolderRequest['mode'] = 'hold'): Promise<Holder> {
  const request: HolderRequest = { dataDir: home, world: WORLD, mode };
  const child = spawn(process.execPath, [join(import.meta.dirname, 'holder.ts'), JSON.stringify(request)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  holders.push(child);
  for await (const line of createInterface(child.stdout)) {
    if (line === 'ready') break;
  }
  return child;
}

/** LevelDB begins its notes anew before it sees that a directory is locked. */
const NOTES = /^LOG/u;

test('a second process is told who holds the directory, and changes nothing', async () => {
  const holder = await hold();
  const before = treeDigest(home, NOTES);
  const error: unknown = await StagedReprocessor.open(openOptions(home, WORLD)).catch(
    (thrown: unknown) => thrown,
  );
  expect(error).toMatchObject({
    code: 'REPROCESS_LOCKED',
    details: { holder: { pid: holder.pid, host: hostname() } },
  });
  expect(String(error)).toContain(`process ${String(holder.pid)} on ${hostname()}, since 20`);
  expect(treeDigest(home, NOTES)).toEqual(before);
});

test('waitForLockMs waits for the holder to close', async () => {
  const holder = await hold();
  const waiting = StagedReprocessor.open({ ...openOptions(home, WORLD), waitForLockMs: 60_000 });
  holder.stdin.write('close\n');
  const reprocessor = await waiting;
  expect(await versionsOf(reprocessor, ['words', 'totals'])).toEqual({ words: 2, totals: 2 });
  await reprocessor.close();
});

test('a dead holder leaves its name behind and no lock', async () => {
  const holder = await hold();
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  expect(JSON.parse(readFileSync(join(home, 'owner.json'), 'utf8'))).toMatchObject({ pid: holder.pid });
  const { holder: told, healthy } = await StagedReprocessor.diagnose(home, storesOf(WORLD));
  expect({ told: told?.pid, healthy }).toEqual({ told: holder.pid, healthy: true });
  const reprocessor = await StagedReprocessor.open(openOptions(home, WORLD));
  expect(JSON.parse(readFileSync(join(home, 'owner.json'), 'utf8'))).toMatchObject({ pid: process.pid });
  await reprocessor.close();
  expect(existsSync(join(home, 'owner.json'))).toBe(false);
});

test('diagnose works beside the holder and changes no byte', async () => {
  const holder = await hold();
  const before = treeDigest(home);
  const diagnosis = await StagedReprocessor.diagnose(home, storesOf(WORLD));
  expect(treeDigest(home)).toEqual(before);
  expect(diagnosis).toMatchObject({ healthy: true, live: 2, retained: [1], holder: { pid: holder.pid } });
  expect(diagnosis.runs).toHaveLength(2);
});

test('diagnose finds no problem while the holder rebuilds and switches', async () => {
  const holder = await hold('work');
  holder.stdout.resume();
  for (let times = 0; times < 15; times++) {
    const { problems } = await StagedReprocessor.diagnose(home, storesOf(WORLD));
    expect(problems).toEqual([]);
  }
});
