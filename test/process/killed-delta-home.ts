import { StagedReprocessor } from '../../src/index.ts';
import { expectGoodEnd } from './delta-end.ts';
import { DeltaHistory } from './delta-history.ts';
import type { DeltaHostRequest } from './delta-host.ts';
import { DeltaWatch } from './delta-watch.ts';
import { cursorAt, deltaOptions, deltaSource, type DeltaWorld } from './delta-world.ts';
import { runChild, type HostEnd } from './run-host.ts';

export type DeltaScenario = DeltaHostRequest['scenario'];
const HISTORY_SEED = 4711;

/** A home with a live and a retained generation, both of which deltas were applied to. */
export async function makeDeltaHome(dataDir: string, world: DeltaWorld): Promise<void> {
  const history = new DeltaHistory(HISTORY_SEED);
  let sent = 40n;
  const reprocessor = await StagedReprocessor.open({
    ...deltaOptions(dataDir, world),
    source: deltaSource(history, () => sent),
  });
  try {
    for (const goal of [60n, 70n]) {
      await reprocessor.reprocess();
      const events = history.events(sent, goal);
      await reprocessor.consume({ after: sent, through: goal, events, cursor: cursorAt(goal) });
      await reprocessor.whenApplied(goal);
      sent = goal;
    }
  } finally {
    await reprocessor.close();
  }
}

export function runDeltaHost(
  dataDir: string,
  world: DeltaWorld,
  scenario: DeltaScenario,
  killAt?: DeltaHostRequest['killAt'],
): Promise<HostEnd> {
  const request: DeltaHostRequest = {
    dataDir,
    world,
    historySeed: HISTORY_SEED,
    scenario,
    ...(killAt === undefined ? {} : { killAt }),
  };
  return runChild('delta-host.ts', request);
}

/** The names of the fail-points in the lines of a host. */
export function failPointsOf(lines: readonly string[]): readonly string[] {
  return lines.filter((line) => line.startsWith('. ')).map((line) => line.slice(2));
}

/** What the dead hosts of one home, in their order, were told to hold holds, and all goes on from there. */
export async function expectNothingLost(
  dataDir: string,
  world: DeltaWorld,
  ends: readonly HostEnd[],
): Promise<void> {
  const history = new DeltaHistory(HISTORY_SEED);
  const watch = new DeltaWatch(history);
  for (const { points } of ends) watch.judge(points);
  await expectGoodEnd({ dataDir, world, history, watch });
}
