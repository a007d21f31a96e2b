import { isReprocessError, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import type { SharedGeneration } from '../../store/generation-set.ts';
import type { Engine } from '../engine.ts';
import { verifyCounts } from '../verify-counts.ts';
import { untilAborted } from '../within-time.ts';
import { isSameHistory } from './same-history.ts';
import { catchUp } from './catch-up.ts';

/** Freezes in a row that come to nothing before somebody is told. */
const TRIES_BEFORE_ALERT = 3;

/**
 * Step 4b: stops the live stores where they are, and brings the generations that are to become live up to them. Past
 * `freezeTimeoutMs` the live stores go on, the others catch up, and it is tried again. Resolves frozen; the caller resumes
 * the appliers when the switch is over, well or badly.
 */
export async function freeze(
  engine: Engine,
  generations: readonly SharedGeneration[],
  { signal, mayGoBack }: { readonly signal: AbortSignal; readonly mayGoBack: boolean },
): Promise<void> {
  const { announcer, deltas, options } = engine;
  for (let attempt = 1; ; attempt++) {
    announcer.emit('freeze:begin', { attempt });
    let late = lateAfter(engine);
    let frozen = false;
    const paused = deltas.appliers.pause();
    try {
      // A task of the live data that hangs keeps nobody from an abort.
      await untilAborted(paused, AbortSignal.any([signal, late.signal])).catch(async (error: unknown) => {
        if (signal.aborted) throw error;
        // One that hangs, or takes longer than this, has committed nothing: it begins anew, on the new data.
        deltas.appliers.interrupt();
        await paused;
        late.cancel();
        late = lateAfter(engine);
      });
      await engine.failPoint('4-paused');
      await catchUp(engine, generations, {
        signal: AbortSignal.any([signal, late.signal]),
        through: liveSequence(engine, generations),
        readBack: true,
      });
      if (!mayGoBack) checkNotBehind(engine, generations);
      await engine.failPoint('4-frozen');
      throwIfAborted(signal);
      frozen = true;
      return;
    } catch (error) {
      if (signal.aborted || !late.signal.aborted || !isReprocessError(error, 'REPROCESS_ABORTED'))
        throw error;
    } finally {
      late.cancel();
      if (!frozen) deltas.appliers.resume();
      announcer.emit('freeze:end', { attempt, frozen });
    }
    if (attempt % TRIES_BEFORE_ALERT === 0) {
      announcer.alert(
        'FREEZE_TIMEOUT',
        `The switch was put off ${String(attempt)} times: the new data could not catch up within ${String(options.freezeTimeoutMs)} ms`,
      );
    }
    await catchUp(engine, generations, { signal, through: deltas.log.tail?.sequence ?? 0n });
    await verifyCounts(generations, signal);
  }
}

/** Aborted once the live data has stood still for long enough. */
function lateAfter({ options }: Engine): { readonly signal: AbortSignal; readonly cancel: () => void } {
  const late = new AbortController();
  const cancel = options.clock.setTimer(() => {
    late.abort(new StagedReprocessError('REPROCESS_ABORTED', 'The freeze took too long'));
  }, options.freezeTimeoutMs);
  return { signal: late.signal, cancel };
}

/**
 * The highest sequence of the live stores that the generations replace, and count in the same history with. A store that
 * is not live yet must not be behind what readers have been told is applied in all the others.
 */
function liveSequence(engine: Engine, generations: readonly SharedGeneration[]): bigint {
  const { current } = engine.live;
  let highest = 0n;
  for (const { store, applied } of generations) {
    const live = engine.live.generationOf(store);
    const sequence = live === undefined ? current?.sequence : live.sequence;
    if (sequence === undefined || !isSameHistory(live?.applied.history, applied.history)) continue;
    if (sequence > highest) highest = sequence;
  }
  return highest;
}

/** A switch never moves live data back in time. */
function checkNotBehind(engine: Engine, generations: readonly SharedGeneration[]): void {
  for (const { store, sequence, applied } of generations) {
    const live = engine.live.generationOf(store);
    if (live === undefined || sequence >= live.sequence) continue;
    if (!isSameHistory(live.applied.history, applied.history)) continue;
    throw new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      `Store '${store}' would go back from sequence ${String(live.sequence)} to ${String(sequence)}: the delta log does not hold what lies between`,
      { details: { store, liveSequence: live.sequence, stagedSequence: sequence } },
    );
  }
}
