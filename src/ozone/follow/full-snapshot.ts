import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { StagedReprocessError } from '../../errors.ts';
import type { MirrorCopy, OmMirror } from '../om-mirror/om-mirror.ts';
import type { SnapshotCause } from './follow-events.ts';
import type { FollowedReprocessor, OmFollowerOptions } from './follow-options.ts';
import { mirrorOf } from './mirror-of.ts';

/** What `OmClient.checkpoint` calls a checkpoint that is whole. */
const FETCHED = /^om-checkpoint-[0-9a-f]{12}$/;

/** Fetches a checkpoint and lays it beside the live copy, which stays as it is. */
export async function fetchCheckpoint(
  options: OmFollowerOptions,
  cause: SnapshotCause,
  signal: AbortSignal,
): Promise<MirrorCopy> {
  const { mirror, client, stagingDirectory, listener, reprocessor } = options;
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
    if (history === undefined || copy.sequence > reached(mirror, reprocessor)) return copy;
    // It does not go on behind what was taken: whatever it is, those changes must not be laid on top of it.
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

/** Up to where changes were taken in the live history, by the mirror or, where a crash has cost its commit, by the log. */
function reached({ live }: OmMirror, reprocessor: FollowedReprocessor): bigint {
  const mirrored = live?.sequence ?? 0n;
  const logged = reprocessor.position()?.sequence ?? 0n;
  return mirrored > logged ? mirrored : logged;
}

/** A run that was going on already may have read the copy before; the one after it has not. */
const MOST_RUNS = 3;

/**
 * Rebuilds from the staged copy. A run that was going on already is waited for: what counts is where the live data says that it
 * comes from.
 *
 * @throws StagedReprocessError what the run throws; `REPROCESS_HISTORY_CHANGED` when what is live comes from elsewhere all the same.
 */
export async function rebuildFrom(
  reprocessor: FollowedReprocessor,
  copy: MirrorCopy,
  signal: AbortSignal,
): Promise<void> {
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    await reprocessor.reprocess({ reason: 'FULL_SNAPSHOT', signal, whenRunning: 'join' });
    if (mirrorOf(reprocessor) === copy.id) return;
  }
  throw new StagedReprocessError(
    'REPROCESS_HISTORY_CHANGED',
    'What is live does not come from the checkpoint that it was rebuilt from',
    { details: { mirror: copy.id } },
  );
}

/** Deletes the checkpoints that a crash has left between their fetching and the mirror. */
export async function sweepFetched(stagingDirectory: string): Promise<void> {
  const names = await readdir(stagingDirectory).catch(() => []);
  for (const name of names) {
    if (FETCHED.test(name)) await rm(join(stagingDirectory, name), { recursive: true, force: true });
  }
}
