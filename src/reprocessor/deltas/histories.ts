import type { Engine } from '../engine.ts';
import { isSameHistory } from './same-history.ts';

/**
 * The history that the data counts in: that of the newest live generation, or, where that names none or nothing is live yet,
 * of what was last taken into the log.
 */
export function currentHistory({ live, deltas }: Engine): string | undefined {
  let newest: { readonly generation: number; readonly history: string | undefined } | undefined;
  for (const { generation, applied } of live.current?.stores.values() ?? []) {
    if (newest === undefined || generation > newest.generation)
      newest = { generation, history: applied.history };
  }
  return newest?.history ?? deltas.acceptedHistory;
}

/**
 * After a switch, and at open: a source that reports another history starts the sequences anew, so the log of the one before
 * is dropped, and stores that still count in it must be rebuilt, all together, since the next snapshot may name yet another.
 */
export async function settleHistories(engine: Engine): Promise<void> {
  const { live, deltas } = engine;
  const stores = [...(live.current?.stores.values() ?? [])];
  if (stores.length === 0) return;
  deltas.liveChanged();
  const history = currentHistory(engine);
  await dropOtherLog(engine, history);
  for (const shared of stores) {
    if (isSameHistory(shared.applied.history, history) || deltas.blockOf(shared) !== undefined) continue;
    deltas.wantsWholeRebuild = true;
    deltas.block(shared, 'SEQUENCE_GAP', undefined);
  }
}

/** Drops a log that counts in another history than the one given. */
export async function dropOtherLog({ deltas }: Engine, history: string | undefined): Promise<void> {
  const { tail } = deltas.log;
  if (tail === undefined || isSameHistory(tail.history, history)) return;
  // Deltas that come from now on belong to the other history.
  deltas.acceptedHistory = undefined;
  await deltas.log.dropAll();
}
