import { statfs } from 'node:fs/promises';
import { StagedReprocessor, type Alert, type ReprocessReport } from '../index.ts';
import { omCheckpointSource } from '../ozone/index.ts';
import type { CheckpointShelf, TakenCheckpoint } from '../ozone/om-mirror/checkpoint-shelf.ts';
import { readMirrorOptions, writeMirrorOptions } from '../ozone/om-mirror/mirror-options.ts';
import { storedReconTasks } from './stored-tasks.ts';
import { shelfOf, type ReconReprocessor } from './recon-directory.ts';
import { reconStores } from './recon-stores.ts';
import { SILENT } from './silent-logger.ts';

/** The step in which rows are read. */
export const READING = 'reading the checkpoint';

export interface RebuildOptions {
  readonly origin: string;
  readonly dataDir: string;
  readonly filesystemPaths: boolean;
  readonly verify: 'standard' | 'full';
  readonly maxShrink: number | undefined;
  readonly signal: AbortSignal;
}

/** What is told while a rebuild goes on. */
export interface RebuildWatcher {
  opened(reprocessor: ReconReprocessor): void;
  step(name: string): void;
  /** The checkpoint is in; bytes that the stores will need, about, and that are free. */
  taken(checkpoint: TakenCheckpoint, disk: DiskNeed): Promise<void>;
  alert(alert: Alert): void;
}

export interface DiskNeed {
  readonly neededBytes: number;
  readonly freeBytes: number;
}

export interface Rebuilt {
  readonly report: ReprocessReport;
  readonly checkpoint: TakenCheckpoint;
  readonly disk: DiskNeed;
  /** The option of the rebuild before; `undefined` when there was none. */
  readonly filesystemPathsBefore: boolean | undefined;
}

/** Takes the checkpoint on the shelf, rebuilds from it, and lets go of the checkpoints that no generation needs. */
export async function rebuildRecon(options: RebuildOptions, watcher: RebuildWatcher): Promise<Rebuilt> {
  const { dataDir, filesystemPaths, verify, maxShrink, signal } = options;
  const shelf = shelfOf(dataDir);
  const reprocessor = await StagedReprocessor.open({
    dataDir,
    stores: { ...(await reconStores()) },
    tasks: storedReconTasks(filesystemPaths),
    verify,
    ...(maxShrink === undefined ? {} : { maxShrink }),
    // Until the listener below is there: rows built with other options are an alert at open, and no news here.
    logger: SILENT,
  });
  try {
    watch(reprocessor, watcher);
    watcher.opened(reprocessor);
    const before = await readMirrorOptions(shelf.directory);
    await shelf.requireOutside(options.origin);
    await shelf.claim();
    await shelf.sweep();
    await prune(shelf, reprocessor);
    watcher.step('taking the checkpoint');
    const checkpoint = await shelf.take(options.origin, { signal });
    try {
      const disk = await diskNeed(dataDir, checkpoint);
      await watcher.taken(checkpoint, disk);
      watcher.step(READING);
      const source = omCheckpointSource(checkpoint.directory);
      const report = await reprocessor.reprocess({ source, signal });
      await writeMirrorOptions(shelf.directory, { filesystemPaths });
      return { report, checkpoint, disk, filesystemPathsBefore: before?.filesystemPaths };
    } finally {
      await prune(shelf, reprocessor);
    }
  } finally {
    await reprocessor.close();
  }
}

function watch(reprocessor: ReconReprocessor, watcher: RebuildWatcher): void {
  reprocessor.on('verify:begin', () => {
    watcher.step('verifying');
  });
  reprocessor.on('switch:begin', () => {
    watcher.step('switching');
  });
  reprocessor.on('rollback:begin', () => {
    watcher.step('undoing');
  });
  reprocessor.on('alert', (alert) => {
    // The command itself tells that it failed.
    if (alert.code !== 'RUN_FAILED') watcher.alert(alert);
  });
}

/** The same estimate as the engine's own check before it stages: at most as large as the source. */
async function diskNeed(dataDir: string, checkpoint: TakenCheckpoint): Promise<DiskNeed> {
  const { bavail, bsize } = await statfs(dataDir);
  return { neededBytes: checkpoint.sizeBytes, freeBytes: bavail * bsize };
}

/**
 * Deletes the checkpoints that neither the live set nor a retained one was built from. A set whose sequence cannot be
 * told (the history is bounded) keeps them all; so does a switch whose end is not known.
 */
async function prune(shelf: CheckpointShelf, reprocessor: ReconReprocessor): Promise<void> {
  const { state, stores, retained, lastError } = reprocessor.status();
  // Whether the switch came about is not known before the next opening.
  if (state === 'FAILED' && lastError?.code === 'REPROCESS_UNDECIDED') return;
  const needed = new Set<bigint>();
  for (const { sequence } of stores) if (sequence !== undefined) needed.add(sequence);
  const runs = await reprocessor.runs();
  for (const generation of retained) {
    const sequence = runs.find((run) => run.generation === generation)?.sequence;
    if (sequence === undefined || sequence === null) return;
    needed.add(BigInt(sequence));
  }
  await shelf.keepOnly(needed);
}
