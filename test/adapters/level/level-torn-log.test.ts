import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { batchOf, ready, wordsOf } from '../memory/applying-subject.ts';
import { openLevelStore } from './level-home.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

it('holds all of a batch or nothing, wherever its log was cut off', async () => {
  const home = join(directory, 'home');
  const store = await openLevelStore(home);
  await ready(store, 1);
  const states = new Map<string | undefined, Record<string, number>>([[undefined, {}]]);
  for (let n = 0; n < 6; n++) {
    // The last row before is deleted, so that each state differs from all others in several rows.
    const words = { [`w${n}`]: n, [`w${n - 1}`]: undefined, same: n, long: Number(`9${'0'.repeat(n)}`) };
    await store.apply(1, batchOf(`${n}`, words));
    states.set(`${n}`, { [`w${n}`]: n, same: n, long: words.long });
  }
  await store.close();
  const log = readdirSync(join(home, 'gen-000001')).find((name) => name.endsWith('.log'));
  if (log === undefined) throw new Error('LevelDB has no log');
  const length = readFileSync(join(home, 'gen-000001', log)).length;
  const found = new Set<string | undefined>();
  for (let cut = length; cut >= 0; cut -= 11) {
    const copy = join(directory, `cut-${cut}`);
    cpSync(home, copy, { recursive: true });
    truncateSync(join(copy, 'gen-000001', log), cut);
    const again = await openLevelStore(copy);
    const open = await again.openGeneration(1);
    const applied = await open.applied();
    expect(await wordsOf(open), `cut at ${cut} of ${length}`).toEqual(states.get(applied));
    found.add(applied);
    await open.close();
    await again.close();
    rmSync(copy, { recursive: true });
  }
  expect(found).toEqual(new Set(states.keys()));
}, 60_000);

it('goes on behind a record that was written half-way, under everybody who reads', async () => {
  const child = fileURLToPath(new URL('./limited-child.ts', import.meta.url));
  // No file may grow beyond 64 KiB: LevelDB's log ends in half a record.
  const script = 'ulimit -f "$1" && exec "$2" "$3" "$4"';
  const limit = process.platform === 'darwin' ? '128' : '64';
  const home = join(directory, 'home');
  const run = spawnSync('bash', ['-c', script, 'bash', limit, process.execPath, child, home], {
    encoding: 'utf8',
  });
  expect(run.stderr).toBe('');
  expect(JSON.parse(run.stdout)).toEqual({
    refused: 'REPROCESS_STORE_FAILED',
    live: { blue: 1, red: 5 },
    frozen: { blue: 1, green: 2 },
    underWay: ['green'],
    applied: 'two',
  });
  const store = await openLevelStore(home);
  const open = await store.openGeneration(1);
  expect(await wordsOf(open)).toEqual({ blue: 1, red: 5 });
  expect(await open.applied()).toBe('two');
  await open.close();
  await store.close();
});
