import { createHash } from 'node:crypto';
import { isReprocessError, StagedReprocessError } from '../../errors.ts';
import type { OmClient, OmUpdates } from '../om-client/om-client.ts';
import type { MirrorCopy } from '../om-mirror/om-mirror.ts';

/** How updates are asked for. */
export interface FetchOptions {
  readonly limit: number;
  readonly signal: AbortSignal;
  /** The node that is known to have the history of the copy; `undefined` when none is. */
  readonly trusted: string | undefined;
}

/**
 * Asks for what comes after a copy's sequence. Sequences are local to one Ozone Manager, and a node that was set back counts the
 * same ones again: so a node that is not trusted must first show the last batch that was taken, byte for byte.
 *
 * @throws StagedReprocessError what `OmClient.updates` throws; `REPROCESS_HISTORY_CHANGED` when the node has other changes there,
 * or cannot show them.
 */
export async function fetchUpdates(
  client: OmClient,
  copy: MirrorCopy,
  { limit, signal, trusted }: FetchOptions,
): Promise<OmUpdates> {
  if (trusted !== undefined) {
    const updates = await client.updates({ after: copy.sequence, limit, signal });
    if (updates.leader === trusted) return updates;
  }
  return proven(client, copy, limit, signal);
}

async function proven(
  client: OmClient,
  copy: MirrorCopy,
  limit: number,
  signal: AbortSignal,
): Promise<OmUpdates> {
  const { lastBatch } = copy;
  if (lastBatch === undefined) return ofLeader(client, copy, limit, signal);
  let updates: OmUpdates;
  try {
    updates = await client.updates({ after: lastBatch.first - 1n, limit, signal });
  } catch (error) {
    // The batch itself may have gone while what follows it is still there.
    if (!isReprocessError(error, 'REPROCESS_SEQUENCE_GAP')) throw error;
    return ofLeader(client, copy, limit, signal);
  }
  const [first] = updates.batches;
  if (first !== undefined && digest(first) === lastBatch.sha256) return updates;
  throw new StagedReprocessError(
    'REPROCESS_HISTORY_CHANGED',
    `${nameOf(updates)} has other changes at sequence ${String(lastBatch.first)} than those that were taken`,
    { details: { sequence: lastBatch.first, leader: updates.leader } },
  );
}

/** Nothing can be shown: only the node that the checkpoint came from is believed. */
async function ofLeader(
  client: OmClient,
  copy: MirrorCopy,
  limit: number,
  signal: AbortSignal,
): Promise<OmUpdates> {
  const updates = await client.updates({ after: copy.sequence, limit, signal });
  if (updates.leader === copy.leader) return updates;
  throw new StagedReprocessError(
    'REPROCESS_HISTORY_CHANGED',
    `${nameOf(updates)} is not the Ozone Manager that the checkpoint came from (${copy.leader ?? 'unknown'}), and sequences count in one of them only`,
    { details: { leader: updates.leader, checkpointLeader: copy.leader } },
  );
}

/** Of a batch as it was sent. */
export function digest(batch: Uint8Array): string {
  return createHash('sha256').update(batch).digest('hex');
}

function nameOf({ leader }: OmUpdates): string {
  return `Ozone Manager ${leader}`;
}
