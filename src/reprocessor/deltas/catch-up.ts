import { StagedReprocessError, throwIfAborted } from '../../errors.ts';
import type { SharedGeneration } from '../../store/generation-set.ts';
import type { Engine } from '../engine.ts';
import { applyNext, type ApplyOptions } from './apply-next.ts';
import { isSameHistory } from './same-history.ts';
import { EVERYTHING } from './log-claims.ts';

/** A lag that no delta to come will make smaller ends the run: its snapshot lies before a gap. */
function checkNoGap({ deltas }: Engine, generations: readonly SharedGeneration[]): void {
  const stuck = generations.find(
    (shared) => deltas.isBehindGap(shared) && deltas.reachOf(shared) === shared.sequence,
  );
  if (stuck === undefined) return;
  throw new StagedReprocessError(
    'REPROCESS_SEQUENCE_GAP',
    `Store '${stuck.store}' cannot be caught up beyond sequence ${String(stuck.sequence)}: the delta log goes on behind a gap`,
    { details: { store: stuck.store, stagedSequence: stuck.sequence } },
  );
}

/** Rounds after which a catch-up that does not gain on the stream leaves the rest to the freeze. */
const ROUNDS = 10;

/** When the switch may come. @public */
export type SwitchCondition = 'immediately' | 'manually' | { readonly lagUnder: bigint };

/** Applies what the log has, up to and with `through`, to generations that are not live yet. */
export async function catchUp(
  engine: Engine,
  generations: readonly SharedGeneration[],
  options: ApplyOptions,
): Promise<void> {
  const ended = await Promise.allSettled(
    generations.map(async (shared) => {
      while (await applyNext(engine, shared, options)) {
        followClaim(engine, generations);
        // Readers of a held-back switch may wait for it, and `consume` for the room that it makes.
        engine.deltas.bell.ring();
        throwIfAborted(options.signal);
      }
    }),
  );
  for (const end of ended) if (end.status === 'rejected') throw end.reason;
}

/** What a run's generations have of the log, nobody needs for them any more, however long their switch is held back. */
function followClaim({ deltas }: Engine, generations: readonly SharedGeneration[]): void {
  if (deltas.runClaim === undefined || deltas.runClaim === EVERYTHING) return;
  const lowest = lowestSequence(generations);
  if (lowest !== undefined && lowest > deltas.runClaim) deltas.runClaim = lowest;
}

/** The lowest sequence that is applied in generations; `undefined` when there are none. */
export function lowestSequence(generations: readonly SharedGeneration[]): bigint | undefined {
  return generations.reduce<bigint | undefined>(
    (lowest, { sequence }) => (lowest === undefined || sequence < lowest ? sequence : lowest),
    undefined,
  );
}

/** How far the furthest of the generations stands behind the log. */
export function lagOf(engine: Engine, generations: Iterable<SharedGeneration>): bigint {
  const { tail } = engine.deltas.log;
  let lag = 0n;
  for (const { sequence, applied } of generations) {
    // A log of another history says nothing of how far they are behind.
    if (tail === undefined || !isSameHistory(tail.history, applied.history)) continue;
    if (tail.sequence - sequence > lag) lag = tail.sequence - sequence;
  }
  return lag;
}

/**
 * Follows the log with generations that are not live yet until the switch may come: at once means until the lag is gone or
 * no longer shrinks.
 */
export async function followUntil(
  engine: Engine,
  generations: readonly SharedGeneration[],
  condition: SwitchCondition,
  signal: AbortSignal,
): Promise<void> {
  const { deltas } = engine;
  let lag = lagOf(engine, generations);
  for (let round = 1; ; round++) {
    const before = lag;
    // Asked for before the round: what comes, or is let through, while it goes on must not be slept over.
    const news = condition === 'immediately' ? undefined : deltas.bell.next(signal);
    news?.catch(() => undefined);
    await catchUp(engine, generations, { signal, through: deltas.log.tail?.sequence ?? 0n });
    throwIfAborted(signal);
    lag = lagOf(engine, generations);
    if (condition === 'immediately') {
      if (lag === 0n || lag >= before || round >= ROUNDS) return;
    } else if (condition === 'manually' ? engine.gate.isReleased : lag < condition.lagUnder) {
      return;
    } else {
      if (condition !== 'manually') checkNoGap(engine, generations);
      const waitingFor = condition === 'manually' ? 'switch' : 'lag';
      if (engine.gate.waitingFor !== waitingFor) {
        engine.gate.waitingFor = waitingFor;
        engine.changed();
      }
      await news;
    }
  }
}
