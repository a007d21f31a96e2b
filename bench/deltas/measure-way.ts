import type { Delta } from '../../src/source/delta.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { type LoopDelay, withLoopDelay } from '../measure/loop-delay.ts';
import { makeDeltas } from './delta-stream.ts';
import type { OpenWay } from './way.ts';

/** How deltas come. */
export interface Load {
  readonly eventsPerDelta: number;
  /** Deltas that are taken and not yet visible; 1 means that each is awaited before the next is sent. */
  readonly inFlight: number;
}

export interface Measurement {
  readonly deltas: number;
  readonly deltasPerSecond: number;
  /** From the call to where a reader sees it, each delta. */
  readonly latenciesMs: readonly number[];
  readonly loopDelay: LoopDelay;
}

/** Keeps what is made before the clock starts within the memory of a small machine. */
const MOST_EVENTS = 200_000;

/** Sends made deltas and takes the time until the last one is visible. */
export async function measureWay(
  way: OpenWay,
  { eventsPerDelta, inFlight }: Load,
  { deltas: wanted, random }: { readonly deltas: number; readonly random: SeededRandom },
): Promise<Measurement> {
  const most = Math.floor(MOST_EVENTS / eventsPerDelta);
  const count = Math.max(inFlight, 4, Math.min(wanted, most));
  const deltas = makeDeltas(way.sequence, { deltas: count, events: eventsPerDelta }, random);
  const { result, delay } = await withLoopDelay(async () => {
    const startedMs = performance.now();
    const latenciesMs = await send(way, deltas, inFlight);
    return { latenciesMs, deltasPerSecond: (count * 1000) / (performance.now() - startedMs) };
  });
  return { deltas: count, ...result, loopDelay: delay };
}

/** Several senders take turns at one list, so that deltas are given in their order. */
async function send(way: OpenWay, deltas: readonly Delta[], inFlight: number): Promise<number[]> {
  const latencies: number[] = [];
  const left = deltas.values();
  const sender = async (): Promise<void> => {
    for (const delta of left) {
      const startedMs = performance.now();
      await way.take(delta);
      latencies.push(performance.now() - startedMs);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, sender));
  return latencies;
}
