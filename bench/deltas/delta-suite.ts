import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { interleave } from '../measure/interleave.ts';
import type { Suite } from '../measure/suite.ts';
import { levelLibrary, levelLibraryReading, memoryLibrary } from './count-key-values.ts';
import { sqliteLibrary, sqliteLibraryReading } from './count-sqlite.ts';
import { fillingDeltas, KEYS } from './delta-stream.ts';
import { logByHand } from './hand-log.ts';
import { levelByHand } from './level-by-hand.ts';
import { logAlone } from './log-alone.ts';
import { type Load, type Measurement, measureWay } from './measure-way.ts';
import { memoryByHand } from './memory-by-hand.ts';
import { summarise } from './summary.ts';
import { sqliteByHand } from './sqlite-by-hand.ts';
import type { OpenWay, Way, WayName } from './way.ts';

const WAYS: readonly Way[] = [
  memoryLibrary,
  memoryByHand,
  logAlone,
  logByHand,
  levelLibrary,
  levelLibraryReading,
  levelByHand({ log: false }),
  levelByHand({ log: true }),
  sqliteLibrary,
  sqliteLibraryReading,
  sqliteByHand({ log: false }),
  sqliteByHand({ log: true }),
];

const LOADS: readonly Load[] = [1, 10, 100, 1000].flatMap((eventsPerDelta) =>
  [1, 64].map((inFlight) => ({ eventsPerDelta, inFlight })),
);

interface Subject {
  readonly name: WayName;
  readonly way: OpenWay;
  readonly load: Load;
  /** Deltas a second when it was warmed up, which says how many a measurement takes. */
  rate: number;
}

/** One measured cell of the table: one way under one load. */
export interface Cell {
  readonly way: WayName;
  readonly load: Load;
  readonly rounds: readonly Measurement[];
}

/**
 * Deltas a second through the library and by hand. All ways are open all the time; each round gives every way every load.
 */
export const deltaSuite: Suite = async (options) => {
  const { directory, rounds, sliceMs, seed, tell } = options;
  const random = seededRandom(seed);
  const opened: { readonly name: WayName; readonly way: OpenWay }[] = [];
  const taken = new Map<OpenWay, number>();
  try {
    for (const [index, subject] of WAYS.entries()) {
      const folder = join(directory, String(index));
      await mkdir(folder);
      const way = await subject.open(folder);
      opened.push({ name: subject.name, way });
      for (const delta of fillingDeltas(0n)) await way.take(delta);
      taken.set(way, KEYS);
    }
    const groups: Subject[][] = LOADS.map((load) =>
      opened.map(({ name, way }) => ({ name, way, load, rate: NaN })),
    );
    const measure = async (subject: Subject, deltas: number): Promise<Measurement> => {
      const { way, load } = subject;
      const measured = await measureWay(way, load, { deltas, random });
      taken.set(way, (taken.get(way) ?? 0) + measured.deltas * load.eventsPerDelta);
      return measured;
    };
    tell('warming up');
    for (const subject of groups.flat()) subject.rate = await warmUp(subject, measure, sliceMs);
    let told = 0;
    const results = await interleave(groups, { rounds, random }, (subject, round) => {
      if (round === told) tell(`round ${++told} of ${rounds}`);
      return measure(subject, Math.round((subject.rate * sliceMs) / 1000));
    });
    for (const { name, way } of opened) await checkTotal(name, way, taken.get(way));
    return summarise(
      [...results].map(([{ name, load }, measured]) => ({ way: name, load, rounds: measured })),
    );
  } finally {
    for (const { way } of opened) await way.close();
  }
};

async function warmUp(
  subject: Subject,
  measure: (subject: Subject, deltas: number) => Promise<Measurement>,
  sliceMs: number,
): Promise<number> {
  const first = await measure(subject, 1);
  const second = await measure(subject, Math.round((first.deltasPerSecond * sliceMs) / 4000));
  return second.deltasPerSecond;
}

/** A way that loses changes would be a fast one. */
async function checkTotal(name: WayName, way: OpenWay, events: number | undefined): Promise<void> {
  const total = await way.total?.();
  if (total === undefined || Number(total) === events) return;
  throw new Error(`${name}: ${String(total)} events were counted, ${String(events)} were sent`);
}
