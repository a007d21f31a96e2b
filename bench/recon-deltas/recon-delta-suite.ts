import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { seededRandom } from '../../src/testing/seeded-random.ts';
import { interleave } from '../measure/interleave.ts';
import { spread } from '../measure/median.ts';
import type { Suite } from '../measure/suite.ts';
import { markdownTable, short } from '../measure/table.ts';
import { followDeltas } from './followed-recon.ts';
import { RealRecon } from './real-recon.ts';

const FILES = 50_000;
const DELTAS = 60_000;

interface Way {
  readonly name: string;
  /** Events a second. */
  measure(): Promise<number>;
}

/**
 * Changes of an Ozone Manager a second, through all six tasks, beside the real Recon's. Needs `OZONE_JAVA`, the folder with the
 * real Recon's `run.sh`, and a JDK; without it there is nothing to compare with, and no data.
 */
export const reconDeltaSuite: Suite = async ({ directory, rounds, seed, tell }) => {
  const folder = process.env['OZONE_JAVA'];
  if (folder === undefined) return { measurements: [], ratios: [], text: 'Not run: OZONE_JAVA is not set.' };
  const recon = new RealRecon(folder);
  const data = join(directory, 'data');
  await mkdir(data);
  tell(`generating ${FILES} files and ${DELTAS} changes`);
  await recon.generate(data, { seed, files: FILES, deltas: DELTAS });
  let runs = 0;
  const ways: readonly Way[] = [
    {
      name: 'staged-reprocessor',
      async measure() {
        const target = join(directory, `own-${(runs += 1)}`);
        const { events, ms, cpuMs } = await followDeltas(data, target);
        await rm(target, { recursive: true, force: true });
        tell(`own: ${events} events in ${short(ms)} ms, ${short(cpuMs)} ms of CPU time`);
        return (events * 1000) / ms;
      },
    },
    {
      name: 'real Recon',
      async measure() {
        const { events, applyMs, tasksMs } = await recon.applyDeltas(data);
        tell(`real Recon: ${events} events, apply ${short(applyMs)} ms, tasks ${short(tasksMs)} ms`);
        return (events * 1000) / (applyMs + tasksMs);
      },
    },
  ];
  const measured = await interleave([ways], { rounds, random: seededRandom(seed) }, (way) => way.measure());
  const [own = [], real = []] = ways.map((way) => measured.get(way) ?? []);
  const ratio = spread(own.map((rate, round) => rate / (real[round] ?? NaN)));
  const rows = ways.map((way) => {
    const { median, min, max } = spread(measured.get(way) ?? []);
    return [way.name, short(median), short(min), short(max)];
  });
  return {
    measurements: ways.map((way) => ({ way: way.name, eventsPerSecond: measured.get(way) ?? [] })),
    ratios: [{ name: 'recon deltas: library / real Recon', value: ratio.median }],
    text: [
      markdownTable(['events a second', 'median', 'least', 'most'], rows),
      '',
      `Library / real Recon: ${short(ratio.median)} (${short(ratio.min)} to ${short(ratio.max)})`,
    ].join('\n'),
  };
};
