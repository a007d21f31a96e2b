import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { OmMirror, openOmCheckpoint, type MirrorCopy } from '../../../src/ozone/index.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { compileCache, inPairs, runChild } from '../../process/run-host.ts';
import { rocksFixture } from '../checkpoint-fixtures.ts';
import { expectRows, MirrorModel } from './mirror-model.ts';
import { storyBatch, storyRecords } from './mirror-story.ts';

const CHILD = '../ozone/om-mirror/killed-mirror.ts';
const SEED = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31));
/** Of steps that are much the same one in so many is killed at; 1 is all. */
const EVERY = Number(process.env['EVERY'] ?? 6);
const databases = [rocksFixture('wal'), rocksFixture('levels')];

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sr-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

/** What the child was promised before it died. */
interface Promised {
  readonly staged: readonly string[];
  readonly promoted: readonly string[];
  readonly sequences: ReadonlyMap<string, bigint>;
}

function promisedBy(lines: readonly string[]): Promised {
  const words = lines.map((line) => line.split(' '));
  const ids = (what: string): string[] => words.flatMap(([verb, id = '']) => (verb === what ? [id] : []));
  const commits = words.flatMap(([verb, id = '', sequence = '0']) =>
    verb === 'committed' ? [[id, BigInt(sequence)] as const] : [],
  );
  return { staged: ids('staged'), promoted: ids('promoted'), sequences: new Map(commits) };
}

/** A copy holds what the story says at its sequence, and everything that was committed. */
async function expectCopy(copy: MirrorCopy, promised: Promised, story: string): Promise<void> {
  expect(copy.sequence, story).toBeGreaterThanOrEqual(promised.sequences.get(copy.id) ?? 0n);
  for (const database of databases) {
    await using origin = await openOmCheckpoint(database);
    if (origin.sequence !== copy.base) continue;
    const model = await MirrorModel.of(origin);
    for (let first = copy.base + 1n; first <= copy.sequence; first += 5n)
      model.apply(first, storyRecords(first));
    const snapshot = await copy.openSnapshot();
    await expectRows(snapshot, model, story);
    await snapshot.close();
  }
}

async function expectWhole(home: string, lines: readonly string[], story: string): Promise<void> {
  const promised = promisedBy(lines);
  await using mirror = await OmMirror.open(home);
  const { live, staged } = mirror;
  const copies = [live, staged].filter((copy) => copy !== undefined);
  for (const copy of copies) await expectCopy(copy, promised, story);
  // The last that was promised, or what was being made when it died.
  const lastLive = promised.promoted.at(-1);
  const isNext = live !== undefined && live.id === promised.staged.at(-1);
  expect(live?.id === lastLive || isNext, `live, ${story}`).toBe(true);
  const lastStaged = promised.staged.at(-1);
  if (lastStaged !== undefined) {
    const isKept = copies.some(({ id, base }) => id === lastStaged || base === 396n);
    expect(isKept, `staged, ${story}`).toBe(true);
  }
  const own = copies.map(({ id }) => `copy-${id}`);
  const left = readdirSync(home).filter((name) => ![...own, 'mirror.json', 'shelf.json'].includes(name));
  expect(left, story).toEqual([]);
  // Life goes on.
  for (const copy of copies) await (await copy.prepare([storyBatch(copy.sequence + 1n)])).commit();
}

it('is whole after a kill at a step on the disk', async () => {
  const request = { databases, killAt: -1 };
  const whole = await runChild(CHILD, { ...request, home: join(folder, 'whole') });
  await expectWhole(join(folder, 'whole'), whole.points, 'not killed');
  const steps = whole.points.filter((line) => line.startsWith('step'));
  expect(steps.length).toBeGreaterThan(50);
  const random = seededRandom(SEED);
  // Files that are opened, linked and copied one after the other are much the same: some of them will do.
  const kills = [...steps.entries()].filter(
    ([, line]) => !/open|link|copyFile/.test(line) || random.below(EVERY) === 0,
  );
  await inPairs(kills, async ([killAt, line]) => {
    const home = join(folder, String(killAt));
    const end = await runChild(CHILD, { ...request, home, killAt });
    const story = `killed at ${killAt}, ${line}, seed ${SEED}`;
    expect(end.signal, story).toBe('SIGKILL');
    await expectWhole(home, end.points, story);
    rmSync(home, { recursive: true });
  });
}, 600_000);

it('is whole after a kill at any moment of its commits', async () => {
  const random = seededRandom(SEED);
  const home = join(folder, 'endless');
  for (let round = 0; round < 4; round++) {
    const kills = 1 + random.below(60);
    const request = JSON.stringify({ databases, home: `${home}-${round}`, killAt: -1, endless: true });
    const child = spawn(process.execPath, [join(import.meta.dirname, 'killed-mirror.ts'), request], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
    });
    const lines: string[] = [];
    const ended = once(child, 'close');
    for await (const line of createInterface(child.stdout)) {
      lines.push(line);
      if (lines.length === kills + 3) child.kill('SIGKILL');
    }
    expect((await ended)[1]).toBe('SIGKILL');
    await expectWhole(`${home}-${round}`, lines, `seed ${SEED}, round ${round}`);
  }
}, 600_000);
