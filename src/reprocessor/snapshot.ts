import { isReprocessError, StagedReprocessError, throwIfAborted } from '../errors.ts';
import type { ReprocessReason, Source, SourceSnapshot } from '../source/source.ts';
import type { Engine } from './engine.ts';

/** Opens the source; what it throws becomes `REPROCESS_SOURCE_FAILED` unless it has a code of its own. */
export async function openSnapshot(request: {
  readonly reason: ReprocessReason;
  readonly source: Source;
  readonly signal: AbortSignal;
}): Promise<SourceSnapshot> {
  const { reason, source, signal } = request;
  throwIfAborted(signal);
  let snapshot: SourceSnapshot;
  try {
    snapshot = await source.openSnapshot({ reason, signal });
  } catch (error) {
    throwIfAborted(signal);
    if (isReprocessError(error)) throw error;
    throw new StagedReprocessError('REPROCESS_SOURCE_FAILED', 'The source could not open a snapshot', {
      cause: error,
    });
  }
  try {
    throwIfAborted(signal);
  } catch (error) {
    // It came after all: what was opened must be closed.
    await snapshot.close();
    throw error;
  }
  return snapshot;
}

/**
 * A switch never moves live data back in time: a snapshot below the live sequence is refused, unless it counts in
 * another history.
 */
export function checkSequence(engine: Engine, stores: readonly string[], snapshot: SourceSnapshot): void {
  const { record } = engine.control;
  for (const store of stores) {
    const live = record.live?.stores[store];
    const generation = live === undefined ? undefined : record.stores[store]?.generations[String(live)];
    if (generation === undefined) continue;
    const isOtherHistory =
      snapshot.history !== undefined &&
      generation.history !== null &&
      snapshot.history !== generation.history;
    if (isOtherHistory || snapshot.sequence >= BigInt(generation.sequence)) continue;
    throw new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      `The snapshot has sequence ${String(snapshot.sequence)}, below ${generation.sequence}, which store '${store}' has reached`,
      { details: { store, snapshotSequence: snapshot.sequence, liveSequence: BigInt(generation.sequence) } },
    );
  }
}
