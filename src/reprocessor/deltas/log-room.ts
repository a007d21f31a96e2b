import { StagedReprocessError } from '../../errors.ts';
import type { Engine } from '../engine.ts';
import { EVERYTHING, logClaims, lowestClaim } from './log-claims.ts';

/**
 * Makes room in a full log: what nobody needs goes first, then the oldest ways back. Resolves with whether there is room
 * now; if not, the host's policy decides.
 */
export async function makeRoom(engine: Engine): Promise<boolean> {
  const { deltas } = engine;
  for (;;) {
    await trimLog(engine);
    if (!isFull(engine)) return true;
    if (!dropOldestWayBack(engine)) break;
  }
  if (engine.options.deltaLogPolicy === 'backpressure') return false;
  overflow(engine);
  await deltas.log.trim(deltas.log.tail?.sequence ?? 0n);
  return true;
}

export function isFull(engine: Engine): boolean {
  const { log } = engine.deltas;
  return log.sizeBytes + log.pendingBytes >= engine.options.maxDeltaLogBytes;
}

/** Forgets what nobody needs; what nobody can need, since nothing is live and no snapshot is being opened, only when full. */
export async function trimLog(engine: Engine): Promise<void> {
  const { log } = engine.deltas;
  const lowest = lowestClaim(logClaims(engine));
  if (lowest === EVERYTHING) return;
  if (lowest !== undefined) await log.trim(lowest);
  else if (isFull(engine)) await log.trim(log.tail?.sequence ?? 0n);
}

function dropOldestWayBack(engine: Engine): boolean {
  const oldest = logClaims(engine).findLast(({ holder }) => holder === 'retained')?.generation;
  if (oldest === undefined) return false;
  engine.deltas.droppedWaysBack.add(oldest);
  engine.announcer.alert(
    'REPROCESS_LOG_TRUNCATED',
    `The delta log is full: generation ${String(oldest)} is not kept up any more, and going back to it would lose changes`,
  );
  return true;
}

/** `resnapshot`: a run is given up, live stores stay where they are, and all is rebuilt from a new snapshot. */
function overflow(engine: Engine): void {
  const { deltas, live } = engine;
  const error = new StagedReprocessError(
    'REPROCESS_DELTA_LOG_OVERFLOW',
    'The delta log is full: what it held is dropped, and a new snapshot is taken',
    { details: { maxDeltaLogBytes: engine.options.maxDeltaLogBytes } },
  );
  engine.announcer.alert(error.code, error.message);
  for (const shared of live.current?.stores.values() ?? []) {
    const tail = deltas.log.tail?.sequence ?? 0n;
    if (shared.sequence < tail) deltas.block(shared, 'DELTA_LOG_OVERFLOW', error);
  }
  deltas.giveUpRun(error);
}
