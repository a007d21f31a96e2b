import { isReprocessError, StagedReprocessError, throwIfAborted } from '../errors.ts';
import type { ReprocessReason, Source, SourceSnapshot } from '../source/source.ts';
import { isSameHistory } from './deltas/same-history.ts';
import { currentHistory } from './deltas/histories.ts';
import type { Engine } from './engine.ts';
import { graceAfter, untilAborted, withinTime } from './within-time.ts';

/** Opens the source; what it throws becomes `REPROCESS_SOURCE_FAILED` unless it has a code of its own. */
export async function openSnapshot(
  engine: Engine,
  request: { readonly reason: ReprocessReason; readonly source: Source; readonly signal: AbortSignal },
): Promise<SourceSnapshot> {
  const { reason, source, signal } = request;
  throwIfAborted(signal);
  const opening = Promise.resolve().then(() => source.openSnapshot({ reason, signal }));
  let snapshot: SourceSnapshot;
  try {
    snapshot = await untilAborted(opening, signal);
    checkShape(snapshot);
  } catch (error) {
    // One that comes after all must be closed, and so must one that is no good.
    void opening.then((late) => closeSnapshot(engine, late, signal)).catch(() => undefined);
    throwIfAborted(signal);
    if (isReprocessError(error)) throw error;
    throw new StagedReprocessError('REPROCESS_SOURCE_FAILED', 'The source could not open a snapshot', {
      cause: error,
    });
  }
  return snapshot;
}

/** A host's own source may be untyped: what is wrong with it is told here, not in the middle of the switch. */
function checkShape(snapshot: unknown): void {
  const given = typeof snapshot === 'object' && snapshot !== null ? snapshot : {};
  const field = (name: string): unknown => Reflect.get(given, name);
  const missing = ['scan', 'get', 'close', 'estimateRows'].filter(
    (name) => typeof field(name) !== 'function',
  );
  if (typeof field('sequence') !== 'bigint') missing.push('sequence (a bigint)');
  if (!Array.isArray(field('tables'))) missing.push('tables (a list)');
  if (!['string', 'undefined'].includes(typeof field('history'))) missing.push('history (a string)');
  if (missing.length === 0) return;
  throw new StagedReprocessError(
    'REPROCESS_SOURCE_FAILED',
    `The source opened something that is no snapshot: it lacks ${missing.join(', ')}`,
    { details: { missing } },
  );
}

/**
 * Never rejects: what the snapshot was for is over, well or badly. It has as long as a task has to close, and once the run
 * is aborted (by `close()`, for example) as long as leases have; then it is left behind.
 */
export async function closeSnapshot(
  engine: Engine,
  snapshot: SourceSnapshot,
  signal: AbortSignal,
): Promise<void> {
  const { clock, taskTimeoutMs, closeTimeoutMs } = engine.options;
  const grace = graceAfter(signal, clock, closeTimeoutMs);
  // In this very turn: some are closed at once.
  const closing = (async () => snapshot.close())();
  try {
    await withinTime(closing, {
      clock,
      timeoutMs: taskTimeoutMs,
      signal: grace.signal,
      what: 'close() of the source snapshot',
      details: {},
    });
  } catch (error) {
    engine.announcer.alert('SNAPSHOT_CLOSE_FAILED', 'The source snapshot could not be closed', error);
  } finally {
    grace.end();
  }
}

/**
 * A switch never moves live data back in time: a snapshot below the live sequence is of use only when the log can bring it
 * up, or when it counts in another history. A snapshot that is wanted because changes are missing must lie behind the gap.
 */
export function checkSequence(
  engine: Engine,
  what: {
    readonly stores: readonly string[];
    readonly snapshot: SourceSnapshot;
    readonly reason: ReprocessReason;
  },
): void {
  const { stores, snapshot, reason } = what;
  const { sequence, history } = snapshot;
  const { live, deltas } = engine;
  const reached = deltas.log.reach(sequence);
  for (const store of stores) {
    const shared = live.generationOf(store);
    if (!isSameHistory(shared?.applied.history ?? currentHistory(engine), history)) continue;
    // A store that joins the others must come level with them.
    const liveSequence = shared?.sequence ?? live.current?.sequence ?? 0n;
    if (sequence >= liveSequence || reached >= liveSequence) continue;
    throw new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      `The snapshot has sequence ${String(sequence)}, below ${String(liveSequence)}, which store '${store}' must reach, and the delta log does not hold what lies between`,
      { details: { store, snapshotSequence: sequence, liveSequence } },
    );
  }
  const { tail } = deltas.log;
  if (!CLOSES_A_GAP.includes(reason) || tail === undefined || !isSameHistory(tail.history, history)) return;
  if (sequence >= tail.sequence || reached >= tail.sequence) return;
  throw new StagedReprocessError(
    'REPROCESS_SEQUENCE_GAP',
    `The snapshot has sequence ${String(sequence)} and lies before the gap that it was wanted for: the delta log reaches ${String(tail.sequence)}, but not without a gap`,
    { details: { snapshotSequence: sequence, logSequence: tail.sequence } },
  );
}

const CLOSES_A_GAP: readonly ReprocessReason[] = ['SEQUENCE_GAP', 'DELTA_LOG_OVERFLOW'];
