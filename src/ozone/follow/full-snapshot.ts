import { rm } from 'node:fs/promises';
import type { MirrorCopy, OmMirror } from '../om-mirror/om-mirror.ts';
import type { SnapshotCause } from './follow-events.ts';
import type { FollowedReprocessor, OmFollowerOptions } from './follow-options.ts';
import { mirrorOf } from './mirror-of.ts';

/** Fetches a checkpoint and lays it beside the live copy, which stays as it is. */
export async function fetchCheckpoint(
  options: OmFollowerOptions,
  cause: SnapshotCause,
  signal: AbortSignal,
): Promise<MirrorCopy> {
  const { mirror, client, stagingDirectory, listener } = options;
  const fetched = await client.checkpoint({
    directory: stagingDirectory,
    signal,
    onBytes: (bytes) => listener?.({ type: 'snapshot:bytes', bytes }),
  });
  try {
    const { directory, leader } = fetched;
    const history = sameHistory(mirror, cause, leader);
    const copy = await mirror.stage(directory, {
      leader,
      signal,
      ...(history === undefined ? {} : { history }),
    });
    if (history === undefined || copy.sequence >= (mirror.live?.sequence ?? 0n)) return copy;
    // It counts less than what is here already: whatever it is, it does not go on where that ends.
    return await mirror.stage(directory, { leader, signal });
  } finally {
    await rm(fetched.directory, { recursive: true, force: true });
  }
}

/**
 * The live data may go on counting only when the same node has merely let go of old changes. In all other cases the sequences
 * start anew: they could mean other changes.
 */
function sameHistory(
  { live }: OmMirror,
  cause: SnapshotCause,
  leader: string | undefined,
): string | undefined {
  if (live === undefined || cause !== 'changes-gone') return undefined;
  return leader === live.leader ? live.history : undefined;
}

/**
 * Rebuilds from the staged copy. A run that was going on already is waited for, and may have read the copy before: what counts is
 * where the live data says that it comes from.
 */
export async function rebuildFrom(
  reprocessor: FollowedReprocessor,
  copy: MirrorCopy,
  signal: AbortSignal,
): Promise<void> {
  for (;;) {
    await reprocessor.reprocess({ reason: 'FULL_SNAPSHOT', signal, whenRunning: 'join' });
    if (mirrorOf(reprocessor) === copy.id) return;
  }
}
