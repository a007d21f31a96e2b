import { deltaFile } from './delta-file.ts';
import { liveCopy } from './recon-directory.ts';
import { openFollowing, type FollowingOptions } from './recon-following.ts';

export interface Applied {
  readonly before: bigint;
  readonly sequence: bigint;
  readonly batches: number;
  /** Changes of rows; what the tables had already is not among them. */
  readonly events: number;
  readonly durationMs: number;
}

/** Applies the write batches of a file to the mirror and the tables; those that are in them already are left out. */
export async function applyDeltas(
  file: string,
  options: FollowingOptions & { readonly signal: AbortSignal; readonly progress: (applied: Applied) => void },
): Promise<Applied> {
  const { dataDir, signal } = options;
  await using following = await openFollowing(options);
  const { reprocessor, mirror } = following;
  const copy = liveCopy(mirror, dataDir);
  const before = copy.sequence;
  const startedAt = performance.now();
  let batches = 0;
  let events = 0;
  const applied = (): Applied => ({
    before,
    sequence: copy.sequence,
    batches,
    events,
    durationMs: performance.now() - startedAt,
  });
  for await (const group of deltaFile(file, signal)) {
    const update = await copy.prepare(group, { signal });
    await reprocessor.consume(update.delta, { signal });
    await update.commit();
    batches += group.length;
    events += update.delta.events.length;
    options.progress(applied());
  }
  await reprocessor.whenApplied(copy.sequence, { signal });
  return applied();
}
