import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import Database from 'better-sqlite3';
import { expect, test } from 'vitest';
import { type SqliteReader, sqliteStore } from '../../../src/adapters/kysely/index.ts';
import type { StagedStore } from '../../../src/store/store.ts';
import { contextOf, lease, openStore, temporaryFolder } from './totals-store.ts';

interface Days {
  day: { day: string; orders: number };
  item: { day: string };
}

const child = join(import.meta.dirname, 'killed-child.ts');
const change = { from: 1, fromRevision: 10, to: 2, toRevision: 0, revision: 20 };

const NEVER = 1_000_000;

/** Runs one step in a process of its own and kills it at statement `killAt`; how many it ran when it got through. */
async function runKilled(folder: string, step: string, killAt: number): Promise<number | undefined> {
  const running = spawn(process.execPath, [child, folder, step, String(killAt)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let told = '';
  running.stdout.on('data', (data: Buffer) => {
    told += data.toString();
  });
  const [, signal] = (await once(running, 'close')) as [number | null, string | null];
  if (signal !== 'SIGKILL') throw new Error('the child failed');
  return told === '' ? undefined : Number(told);
}

/** Does `step` in a copy of `built` once for each statement that it runs, killed there, and once whole. */
async function forEachStatement(
  built: string,
  step: string,
  check: (folder: string) => Promise<void>,
): Promise<number> {
  const first = temporaryFolder();
  cpSync(built, first, { recursive: true });
  const statements = await runKilled(first, step, NEVER);
  if (statements === undefined) throw new Error('the step was killed');
  await check(first);
  let next = 0;
  const work = async (): Promise<void> => {
    for (let killAt = next++; killAt < statements; killAt = next++) {
      const folder = temporaryFolder();
      cpSync(built, folder, { recursive: true });
      // On a busy machine the same rows take more or fewer transactions: a late one may get through.
      await runKilled(folder, step, killAt);
      await check(folder);
    }
  };
  await Promise.all([work(), work(), work()]);
  return statements;
}

function bytesOf(folder: string): string[] {
  return readdirSync(folder).map((name) => {
    const hash = createHash('sha256').update(readFileSync(join(folder, name)));
    return `${name} ${hash.digest('hex')}`;
  });
}

function openDays(folder: string): Promise<StagedStore<SqliteReader<Days>>> {
  const adapter = sqliteStore<Days>({
    tables: {
      day: { columns: { day: 'text', orders: 'integer' }, primaryKey: ['day'] },
      item: { columns: { day: 'text' }, primaryKey: ['day'] },
    },
  });
  return openStore(adapter, contextOf(folder));
}

/** Everything in the file that bears a name of a generation. */
function generationParts(folder: string): string[] {
  const db = new Database(join(folder, 'data.sqlite'));
  const names = db
    .prepare<[], string>("SELECT name FROM sqlite_schema WHERE name LIKE '%@_@_sr@_%' ESCAPE '@'")
    .pluck()
    .all();
  const statistics = db
    .prepare<[], string>("SELECT tbl FROM sqlite_stat1 WHERE tbl LIKE '%@_@_sr@_%' ESCAPE '@'")
    .pluck()
    .all();
  db.close();
  return [...names, ...statistics];
}

async function told(folder: string): Promise<{ live: number | undefined; days: unknown; busy: unknown }> {
  const store = await openDays(folder);
  const before = bytesOf(folder);
  const { live } = await store.inspect();
  expect(bytesOf(folder)).toEqual(before);
  await store.close();
  const db = new Database(join(folder, 'data.sqlite'));
  const query = 'SELECT count(*) AS rows, min(orders) AS least, max(orders) AS most FROM';
  const found = { live, days: db.prepare(`${query} day`).get(), busy: db.prepare(`${query} busy`).get() };
  db.close();
  return found;
}

function whole(generation: number): object {
  const rows = { rows: 300, least: generation, most: generation };
  return { live: generation, days: rows, busy: rows };
}

/** A folder with generation 1 live and, if asked for, 2 ready, left behind by killed processes. */
async function builtFolder(...steps: string[]): Promise<string> {
  const folder = temporaryFolder();
  for (const step of ['build', ...steps]) expect(await runKilled(folder, step, NEVER)).toBeGreaterThan(0);
  return folder;
}

test.for(['commit', 'undo'])(
  'killed at any statement of %s: all old or all new, and both can be done again',
  { timeout: 120_000 },
  async (step) => {
    const built = await builtFolder('stage', ...(step === 'undo' ? ['commit'] : []));
    const outcomes = new Set<number | undefined>();
    const statements = await forEachStatement(built, step, async (folder) => {
      const found = await told(folder);
      expect([whole(1), whole(2)]).toContainEqual(found);
      outcomes.add(found.live);
      const store = await openDays(folder);
      await store.commit(change);
      await store.commit(change);
      expect(await told(folder)).toEqual(whole(2));
      await store.undo(change);
      await store.undo(change);
      expect(await told(folder)).toEqual(whole(1));
      expect((await store.inspect()).generations).toMatchObject([
        { generation: 1, state: 'ready', marker: { revision: 10 } },
        { generation: 2, state: 'ready', marker: { revision: 0 } },
      ]);
      await store.discard(2);
      await store.close();
      expect(generationParts(folder).filter((name) => name.startsWith('__sr_2_'))).toEqual([]);
    });
    expect(statements).toBeGreaterThan(8);
    expect(outcomes).toEqual(new Set([1, 2]));
  },
);

test('killed at any statement of stage, writing and prepare: the live data stays, the rest is discarded', async () => {
  const built = await builtFolder();
  const states = new Set<string>();
  await forEachStatement(built, 'stage', async (folder) => {
    expect(await told(folder)).toEqual(whole(1));
    const store = await openDays(folder);
    states.add(
      (await store.inspect()).generations.map((found) => `${String(found.generation)} ${found.state}`).join(),
    );
    await store.discard(2);
    await store.discard(2);
    const { generations, foreign } = await store.inspect();
    expect({ generations: generations.length, foreign }).toEqual({ generations: 1, foreign: [] });
    await store.close();
    expect(generationParts(folder).filter((name) => name.startsWith('__sr_2_'))).toEqual([]);
    expect(readdirSync(folder)).toEqual(['data.sqlite']);
  });
  expect(states).toEqual(new Set(['1 ready', '1 ready,2 staged', '1 ready,2 ready']));
}, 120_000);

test('killed at any statement of a discard: never taken for a whole generation, and discarded again', async () => {
  const built = await builtFolder('stage');
  await forEachStatement(built, 'discard', async (folder) => {
    expect(await told(folder)).toEqual(whole(1));
    const store = await openDays(folder);
    const found = (await store.inspect()).generations.find(({ generation }) => generation === 2);
    if (found?.state === 'ready') {
      const open = await store.openGeneration(2);
      expect(await lease(open).reader.selectFrom('day').selectAll().execute()).toHaveLength(300);
      await open.close();
    } else {
      await expect(store.openGeneration(2)).rejects.toMatchObject({ code: 'REPROCESS_STORE_CORRUPT' });
    }
    await store.discard(2);
    expect(await told(folder)).toEqual(whole(1));
    expect((await store.inspect()).generations).toHaveLength(1);
  });
}, 120_000);

test('killed at any statement of a batch: all of it with its applied text, or nothing', async () => {
  const built = await builtFolder();
  const outcomes = new Set<string | undefined>();
  const statements = await forEachStatement(built, 'apply', async (folder) => {
    const store = await openDays(folder);
    const open = await store.openGeneration(1);
    const applied = await open.applied();
    outcomes.add(applied);
    await store.close();
    const orders = applied === undefined ? 1 : 7;
    const rows = { rows: 300, least: orders, most: orders };
    expect(await told(folder)).toEqual({ live: 1, days: rows, busy: rows });
  });
  expect(statements).toBeGreaterThan(6);
  expect(outcomes).toEqual(new Set([undefined, 'seven']));
}, 120_000);
