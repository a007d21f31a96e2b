import { generationOf } from '../../control/record-changes.ts';
import type { Engine } from '../engine.ts';

/** Somebody who still needs the deltas after a sequence. */
export interface LogClaim {
  /** `run`: a snapshot that is being opened, or the staged generations; `retained`: a way back. */
  readonly holder: 'live' | 'run' | 'retained';
  readonly after: bigint;
  /** The store of a live claim, the generation of a retained one. */
  readonly store?: string;
  readonly generation?: number;
}

/** Below every sequence: a snapshot that is being opened may need whatever the log has. */
export const EVERYTHING = -1n;

/**
 * Who needs what of the log. Retained generations that the log cannot bring up to the live data any more, and those whose
 * claim was dropped for want of room, have none.
 */
export function logClaims(engine: Engine): readonly LogClaim[] {
  const { deltas, control, live } = engine;
  const claims: LogClaim[] = [];
  if (deltas.runClaim !== undefined) claims.push({ holder: 'run', after: deltas.runClaim });
  for (const [store, shared] of live.current?.stores ?? []) {
    if (!deltas.hasLost(shared)) claims.push({ holder: 'live', after: shared.sequence, store });
  }
  for (const { generation, stores } of control.record.retained) {
    if (deltas.droppedWaysBack.has(generation)) continue;
    const after = wayBack(engine, stores);
    if (after !== undefined) claims.push({ holder: 'retained', after, generation });
  }
  return claims;
}

/**
 * From where a retained set must be caught up; `undefined` when the log cannot do it, or when nothing is to be caught up.
 */
function wayBack(engine: Engine, stores: Readonly<Record<string, number>>): bigint | undefined {
  const { live, control, deltas } = engine;
  let lowest: bigint | undefined;
  for (const [store, generation] of Object.entries(stores)) {
    const current = live.generationOf(store);
    if (current === undefined || current.generation === generation) continue;
    const after = BigInt(generationOf(control.record, { store, generation })?.sequence ?? 0);
    const reach = deltas.log.reach(after);
    // A snapshot may lie ahead of the deltas: as long as the log has no gap, what is still to come may follow.
    if (after < current.sequence && reach < current.sequence && reach < (deltas.log.tail?.sequence ?? 0n))
      return undefined;
    if (lowest === undefined || after < lowest) lowest = after;
  }
  return lowest;
}

/** The lowest sequence after which somebody needs the log; `undefined` when nobody does. */
export function lowestClaim(claims: readonly LogClaim[]): bigint | undefined {
  return claims.reduce<bigint | undefined>(
    (lowest, { after }) => (lowest === undefined || after < lowest ? after : lowest),
    undefined,
  );
}
