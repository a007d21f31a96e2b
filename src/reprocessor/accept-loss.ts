import { encodeApplied, type AppliedState } from '../store/applied-state.ts';
import type { SharedGeneration } from '../store/generation-set.ts';
import { StagedReprocessError } from '../errors.ts';
import { storeStep } from '../store/store-step.ts';
import { isSameHistory } from './deltas/same-history.ts';
import { storeOf, type Engine } from './engine.ts';

/** Whether the host sends deltas at all. Without any, going back is going back to what an older snapshot gave. */
export function followsDeltas(engine: Engine): boolean {
  return engine.control.record.followsDeltas === true || engine.deltas.log.acceptedThrough !== undefined;
}

/**
 * The log must hold what a retained generation lacks. Where it does not, going back is refused, unless its caller accepts
 * that the changes in between are lost: the generation then goes on from where the log begins. What was lost once is lost
 * for good: it must be accepted each time.
 */
export async function bridgeLoss(
  engine: Engine,
  generations: readonly SharedGeneration[],
  acceptLoss: boolean,
): Promise<void> {
  if (!followsDeltas(engine)) return;
  for (const shared of generations) {
    const { store, generation, sequence, applied } = shared;
    const live = engine.live.generationOf(store);
    if (live === undefined) continue;
    const canFollow = isFollowing(engine, shared, live);
    if (canFollow && applied.lost !== true) continue;
    if (!acceptLoss) {
      throw new StagedReprocessError(
        'REPROCESS_LOG_TRUNCATED',
        `Generation ${String(generation)} of store '${store}' stands at sequence ${String(sequence)}; the delta log cannot give it all that came since its snapshot. \`acceptLoss\` goes back without those changes`,
        { details: { store, generation, sequence, liveSequence: live.sequence } },
      );
    }
    if (!canFollow && isSameHistory(applied.history, live.applied.history)) await skip(engine, shared, live);
    engine.announcer.alert(
      'CHANGES_LOST',
      `Store '${store}' goes back to generation ${String(generation)} without the changes from sequence ${String(sequence)} to ${String(shared.sequence)}, as was accepted`,
    );
  }
}

/** Whether the log brings a generation up to the live data. */
function isFollowing(engine: Engine, shared: SharedGeneration, live: SharedGeneration): boolean {
  if (!isSameHistory(shared.applied.history, live.applied.history)) return false;
  return engine.deltas.log.reach(shared.sequence) >= live.sequence;
}

/** Moves a generation on to where the log begins, or to the live sequence. */
async function skip(engine: Engine, shared: SharedGeneration, live: SharedGeneration): Promise<void> {
  const { store, generation, sequence, applied } = shared;
  const stretch = engine.deltas.log.stretches.find(
    ({ from, through }) => from <= live.sequence && through >= live.sequence,
  );
  const from = stretch !== undefined && stretch.from > sequence ? stretch.from : live.sequence;
  const cursor = from === live.sequence ? live.applied.cursor : undefined;
  const next: AppliedState = { ...applied, sequence: from, cursor, lost: true };
  const batch = { writes: [], applied: encodeApplied(next) };
  await storeStep(store, 'apply', () => storeOf(engine, store).apply(generation, batch));
  shared.advance(next);
}
