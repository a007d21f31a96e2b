import { median, quantile, spread } from '../measure/median.ts';
import type { Ratio, SuiteResult } from '../measure/suite.ts';
import { markdownTable, short } from '../measure/table.ts';
import type { Cell } from './delta-suite.ts';
import type { Load } from './measure-way.ts';
import type { WayName } from './way.ts';

/** Which ways are compared, each round with its own round of the other. */
const COMPARISONS: readonly { readonly way: WayName; readonly with: readonly WayName[] }[] = [
  { way: 'memory: library', with: ['memory: by hand'] },
  { way: 'log: library', with: ['log: by hand'] },
  { way: 'level: library', with: ['level: by hand', 'level: by hand, log and store', 'log: library'] },
  { way: 'level: library, get and put', with: ['level: by hand'] },
  { way: 'sqlite: library', with: ['sqlite: by hand', 'sqlite: by hand, log and store', 'log: library'] },
  { way: 'sqlite: library, get and put', with: ['sqlite: by hand'] },
];

const LOADS_TITLE = 'events a delta × deltas in flight';

/** From the raw rounds to what is told and kept. */
export function summarise(cells: readonly Cell[]): SuiteResult {
  const measurements = cells.map(({ way, load, rounds }) => {
    const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
    return {
      way,
      ...load,
      deltas: rounds.reduce((sum, { deltas }) => sum + deltas, 0),
      deltasPerSecond: spread(rounds.map(({ deltasPerSecond }) => deltasPerSecond)),
      latencyMs: { p50: quantile(latencies, 0.5), p99: quantile(latencies, 0.99) },
      loopDelayMs: {
        p99: median(rounds.map(({ loopDelay }) => loopDelay.p99Ms)),
        max: Math.max(...rounds.map(({ loopDelay }) => loopDelay.maxMs)),
      },
    };
  });
  const ratios = ratiosOf(cells);
  const text = [
    '### Deltas a second, median of the rounds\n',
    pivot(measurements, ({ deltasPerSecond }) => short(deltasPerSecond.median)),
    '\n### Library against by hand (above 1: the library is faster)\n',
    ratioTable(cells, ratios),
    '\n### Milliseconds until a delta is visible: p50 / p99\n',
    pivot(measurements, ({ latencyMs }) => `${short(latencyMs.p50)} / ${short(latencyMs.p99)}`),
    '\n### Milliseconds between two looks of a 1 ms timer: p99 / longest\n',
    pivot(measurements, ({ loopDelayMs }) => `${short(loopDelayMs.p99)} / ${short(loopDelayMs.max)}`),
  ].join('\n');
  return { measurements, ratios, text };
}

/** One row a way, one column a load. */
function pivot<M extends Load & { readonly way: WayName }>(
  measurements: readonly M[],
  cell: (measurement: M) => string,
): string {
  const loads = [...new Set(measurements.map(loadName))];
  const ways = [...new Set(measurements.map(({ way }) => way))];
  return markdownTable(
    [LOADS_TITLE, ...loads],
    ways.map((way) => [
      way,
      ...loads.map((load) => {
        const found = measurements.find((one) => one.way === way && loadName(one) === load);
        return found === undefined ? '-' : cell(found);
      }),
    ]),
  );
}

function loadName({ eventsPerDelta, inFlight }: Load): string {
  return `${eventsPerDelta} × ${inFlight}`;
}

function comparisonName(way: WayName, other: WayName): string {
  return `${way} / ${other}`;
}

function ratiosOf(cells: readonly Cell[]): Ratio[] {
  return cells.flatMap((cell) =>
    COMPARISONS.filter(({ way }) => way === cell.way).flatMap(({ with: others }) =>
      others.flatMap((other) => {
        const found = cells.find(({ way, load }) => way === other && loadName(load) === loadName(cell.load));
        return found === undefined
          ? []
          : [
              {
                name: `${comparisonName(cell.way, other)} (${loadName(cell.load)})`,
                value: ratio(cell, found),
              },
            ];
      }),
    ),
  );
}

/** The median of the ratios, not the ratio of the medians: a slow minute then slows both sides. */
function ratio(cell: Cell, other: Cell): number {
  return median(
    cell.rounds.map(
      ({ deltasPerSecond }, round) => deltasPerSecond / (other.rounds[round]?.deltasPerSecond ?? NaN),
    ),
  );
}

function ratioTable(cells: readonly Cell[], ratios: readonly Ratio[]): string {
  const loads = [...new Set(cells.map(({ load }) => loadName(load)))];
  return markdownTable(
    [LOADS_TITLE, ...loads],
    COMPARISONS.flatMap(({ way, with: others }) =>
      others.map((other) => [
        comparisonName(way, other),
        ...loads.map((load) =>
          short(ratios.find(({ name }) => name === `${comparisonName(way, other)} (${load})`)?.value ?? NaN),
        ),
      ]),
    ),
  );
}
