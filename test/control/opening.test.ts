import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { StagedReprocessor, type Alert } from '../../src/index.ts';
import { bringData, broughtLevel } from '../process/brought-data.ts';
import { expectNothingLeft } from '../process/killed-home.ts';
import { versionsOf } from '../process/read-versions.ts';
import { runHost } from '../process/run-host.ts';
import { makeHome, openOptions, sourceOf } from '../process/world.ts';

let root = '';
let home = '';
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sr-'));
  home = join(root, 'home');
});
afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

test('what is to be adopted and is not there is refused before anything is recorded', async () => {
  const options = openOptions(home, 'level');
  const open = (words: string) =>
    StagedReprocessor.open({ ...options, adopt: { sequence: 2n, locations: { words } } });
  const nowhere = join(root, 'nowhere');
  const empty = join(root, 'empty');
  mkdirSync(empty);
  for (const location of [nowhere, empty]) {
    const error: unknown = await open(location).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'REPROCESS_CONTROL_CORRUPT' });
    expect(String(error)).toContain("Generation 1 of store 'words' is recorded and is not there");
  }
  expect(existsSync(nowhere)).toBe(false);
  expect(readdirSync(empty)).toEqual([]);
  await bringData(home, 'level');
  const reprocessor = await open(broughtLevel(home));
  expect(await versionsOf(reprocessor, ['words'])).toEqual({ words: 2 });
  await reprocessor.close();
});

test('a store whose data died with the process may be left out, or become durable', async () => {
  await makeHome(home, 'level+memory');
  const without = await StagedReprocessor.open(openOptions(home, 'level'));
  expect(await versionsOf(without, ['words'])).toEqual({ words: 2 });
  await without.close();
  const again = await StagedReprocessor.open({ ...openOptions(home, 'level+memory'), source: sourceOf(3) });
  await again.reprocess({ whenRunning: 'join' });
  expect(await versionsOf(again, ['cache'])).toEqual({ cache: 3 });
  await again.close();
  const { stores } = openOptions(home, 'level');
  const durable = { ...openOptions(home, 'level+memory'), source: sourceOf(4) };
  const words = stores['words'];
  if (words === undefined) throw new Error('no store');
  const other = await StagedReprocessor.open({ ...durable, stores: { words, cache: words } });
  await other.reprocess({ whenRunning: 'join' });
  expect(await versionsOf(other, ['cache'])).toEqual({ cache: 4 });
  await other.close();
});

test('a generation that cannot be deleted yet does not keep a directory from opening', async () => {
  await makeHome(home, 'level');
  const request = { dataDir: home, world: 'level', scenario: 'run', killAt: '7-outcome' } as const;
  expect((await runHost(request)).signal).toBe('SIGKILL');
  const alerts: Alert[] = [];
  const options = openOptions(home, 'level');
  const reprocessor = await StagedReprocessor.open({
    ...options,
    logger: {
      debug: () => {},
      info: () => {},
      warn: () => {},
      error: (_, details) => alerts.push(details as Alert),
    },
    failPoint: (name) => {
      if (name === 'discard:deleted:words') throw new Error('failed on purpose');
    },
  });
  expect(alerts.map(({ code }) => code)).toEqual(['DISCARD_FAILED']);
  expect(await versionsOf(reprocessor, ['words'])).toEqual({ words: 3 });
  await reprocessor.close();
  const next = await StagedReprocessor.open(options);
  await next.close();
  expectNothingLeft(home, next.status());
});
