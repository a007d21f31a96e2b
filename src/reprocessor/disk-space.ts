import { statfs } from 'node:fs/promises';
import { StagedReprocessError } from '../errors.ts';
import type { SourceSnapshot } from '../source/source.ts';
import { isDurable, storeOf, type Engine } from './engine.ts';
import { storeStep } from '../store/store-step.ts';

/** @public */
export interface DiskEstimate {
  /** What the staged generations will need, about: as much as the live ones, or the source's size when that is more. */
  readonly neededBytes: number;
  readonly freeBytes: number;
}

/** Refuses a run that would fill the disk, before anything is staged. */
export async function checkDiskSpace(
  engine: Engine,
  stores: readonly string[],
  snapshot: SourceSnapshot,
): Promise<void> {
  const estimate = await estimateDisk(engine, stores, snapshot);
  if (estimate === undefined) return;
  const { neededBytes, freeBytes } = estimate;
  const { diskReserveBytes } = engine.options;
  if (freeBytes >= neededBytes + diskReserveBytes) return;
  throw new StagedReprocessError(
    'REPROCESS_DISK_SPACE',
    `The staged generations need about ${mebibytes(neededBytes)} and ${mebibytes(diskReserveBytes)} must stay free, but only ${mebibytes(freeBytes)} are`,
    { details: { neededBytes, freeBytes, diskReserveBytes } },
  );
}

/** `undefined` when nothing is written to a disk. */
export async function estimateDisk(
  engine: Engine,
  stores: readonly string[],
  snapshot: SourceSnapshot,
): Promise<DiskEstimate | undefined> {
  const durable = stores.filter((store) => isDurable(engine, store));
  if (engine.home === undefined || durable.length === 0) return undefined;
  let liveBytes = 0;
  for (const store of durable) {
    const generation = engine.live.generationOf(store)?.generation;
    if (generation === undefined) continue;
    liveBytes += await storeStep(store, 'stage', () => storeOf(engine, store).sizeBytes(generation));
  }
  const { bavail, bsize } = await statfs(engine.home.path);
  const told = snapshot.estimateBytes?.() ?? 0;
  return { neededBytes: Math.max(liveBytes, Number.isFinite(told) ? told : 0), freeBytes: bavail * bsize };
}

function mebibytes(bytes: number): string {
  return `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
