import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { seededRandom, type SeededRandom } from '../../src/testing/index.ts';
import { expectGoodEnd } from './delta-end.ts';
import { DeltaHistory } from './delta-history.ts';
import type { LifeRequest } from './delta-life.ts';
import { DeltaWatch } from './delta-watch.ts';
import type { DeltaWorld } from './delta-world.ts';
import { compileCache } from './run-host.ts';

/** What a host was doing when it died. */
export type Doing = 'opening' | 'consume' | 'rebuild' | 'catch-up' | 'freeze' | 'switch' | 'rollback';

/** What a life is to die in: how it begins, and the line behind which death comes. */
const DEATHS: Readonly<
  Record<Doing, { readonly first?: string; readonly line: string; readonly further: number }>
> = {
  opening: { line: '', further: 8 },
  consume: { line: 'acked', further: 600 },
  rebuild: { first: 'rebuild', line: '. 0-snapshot', further: 20 },
  'catch-up': { first: 'lag', line: 'catch-up:begin', further: 3 },
  freeze: { first: 'rebuild', line: 'freeze:begin', further: 4 },
  switch: { first: 'held', line: 'switch:begin', further: 20 },
  rollback: { first: 'rollback', line: '> rollback', further: 20 },
};
const DOINGS = Object.keys(DEATHS) as readonly Doing[];

const TOLD_LINES = 300;

/** What comes back of many lives. */
export interface Tally {
  kills: number;
  pairs: number;
  comparisons: number;
  readonly deaths: Map<string, number>;
  /** Operations that ended well. */
  readonly done: Map<string, number>;
}

export function newTally(): Tally {
  return { kills: 0, pairs: 0, comparisons: 0, deaths: new Map(), done: new Map() };
}

/** One home, and the hosts that live and die on it one after another. */
export class HauntedHome {
  readonly dataDir: string;
  readonly world: DeltaWorld;
  readonly history: DeltaHistory;
  readonly watch: DeltaWatch;
  readonly random: SeededRandom;
  readonly #tally: Tally;
  readonly #begins: LifeRequest['begins'];
  readonly #maxDeltaLogBytes: number;
  #told: readonly string[] = [];

  constructor(dataDir: string, world: DeltaWorld, seed: number, tally: Tally) {
    this.dataDir = dataDir;
    this.world = world;
    this.random = seededRandom(seed);
    this.history = new DeltaHistory(seed);
    this.watch = new DeltaWatch(this.history);
    this.#tally = tally;
    this.#begins = this.random.pick(['empty', 'snapshot']);
    this.#maxDeltaLogBytes = this.random.pick([65_536, 1 << 24]);
  }

  /** One life. Resolves with whether it was ended by a kill; what that has broken is seen at the next opening. */
  async live(): Promise<boolean> {
    const doing = this.random.pick(DOINGS);
    const { first, line, further } = DEATHS[doing];
    const death = { line, further: this.random.below(further + 1) };
    const byItself = this.random.below(2) === 0;
    const request: LifeRequest = {
      ...this.#request(),
      ...(first === undefined ? {} : { first }),
      ...(byItself ? { dieAt: death } : {}),
      ...(this.random.below(6) === 0 ? { throwAt: this.random.pick(THROWING) } : {}),
    };
    const { lines, signal, errors } = await runLife(request, byItself ? undefined : death);
    this.#told = [...this.#told, `--- ${this.world}, ${doing}`, ...lines].slice(-TOLD_LINES);
    if (signal === 'SIGKILL') {
      this.#tally.kills += 1;
      for (const one of doingAt(lines)) count(this.#tally.deaths, one);
    } else if (errors !== '') throw new Error(`A host ended by itself: ${errors}`);
    for (const one of lines) if (/^< \S+$/u.test(one)) count(this.#tally.done, one.slice(2));
    const { pairs, comparisons } = this.watch;
    this.watch.judge(lines);
    this.#tally.pairs += this.watch.pairs - pairs;
    this.#tally.comparisons += this.watch.comparisons - comparisons;
    return signal === 'SIGKILL';
  }

  /** Lives and deaths until so many were killed, and a good end. What goes wrong tells the whole story. */
  async haunt(kills: number): Promise<void> {
    let lives = 0;
    try {
      for (let own = 0; own < kills; lives++) if (await this.live()) own += 1;
      await expectGoodEnd(this);
    } catch (error) {
      const where = `seed ${String(this.history.seed)}, ${this.world}, life ${String(lives)}, ${this.dataDir}`;
      throw new Error(
        `${where}: ${String(error)}\n${this.#told.map((line) => line.slice(0, 160)).join('\n')}`,
        { cause: error },
      );
    }
  }

  #request(): LifeRequest {
    return {
      dataDir: this.dataDir,
      world: this.world,
      historySeed: this.history.seed,
      seed: this.random.below(2 ** 31),
      begins: this.#begins,
      maxDeltaLogBytes: this.#maxDeltaLogBytes,
      maxSent: 400,
      maxOperations: 5,
    };
  }
}

/** Points whose failure is undone, and told. */
const THROWING = ['1-created:words', '2-processed', '4-ready', '4-caught-up', '4-frozen', '6-committed'];

function count(map: Map<string, number>, name: string): void {
  map.set(name, (map.get(name) ?? 0) + 1);
}

/** All that was going on when the last line was written. */
export function doingAt(lines: readonly string[]): readonly Doing[] {
  if (!lines.some((line) => line.startsWith('opened'))) return ['opening'];
  const last = (...starts: readonly string[]): number =>
    lines.findLastIndex((line) => starts.some((start) => line.startsWith(start)));
  const found: Doing[] = ['consume'];
  const begun = last('> ');
  if (begun > last('< ')) found.push(lines[begun] === '> rollback' ? 'rollback' : 'rebuild');
  if (last('catch-up:begin') > last('catch-up:end')) found.push('catch-up');
  // Frozen from its beginning to the end of the switch.
  if (last('freeze:begin') > last('switch:begin', '> ')) found.push('freeze');
  if (last('switch:begin') > last('switch:end')) found.push('switch');
  return found;
}

interface LifeEnd {
  readonly lines: readonly string[];
  readonly signal: NodeJS.Signals | null;
  readonly errors: string;
}

async function runLife(
  request: LifeRequest,
  death: { readonly line: string; readonly further: number } | undefined,
): Promise<LifeEnd> {
  const child = spawn(
    process.execPath,
    [join(import.meta.dirname, 'delta-life.ts'), JSON.stringify(request)],
    {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NODE_COMPILE_CACHE: compileCache, NODE_NO_WARNINGS: '1' },
    },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const ended = once(child, 'close');
  const lines: string[] = [];
  let left: number | undefined;
  for await (const line of createInterface(child.stdout)) {
    lines.push(line);
    if (death === undefined) continue;
    if (left === undefined && line.startsWith(death.line)) left = death.further;
    if (left !== undefined && left-- === 0) child.kill('SIGKILL');
  }
  await ended;
  return { lines, signal: child.signalCode, errors: child.exitCode === 0 ? '' : errors };
}
