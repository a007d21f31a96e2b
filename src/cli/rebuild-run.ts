import { statfs } from 'node:fs/promises';
import { StagedReprocessError } from '../errors.ts';
import { StagedReprocessor, type Alert, type ReprocessReport } from '../index.ts';
import type { OmMirror } from '../ozone/index.ts';
import { CheckpointShelf } from '../ozone/om-mirror/checkpoint-shelf.ts';
import { readMirrorOptions, writeMirrorOptions } from '../ozone/om-mirror/mirror-options.ts';
import { storedReconTasks } from './stored-tasks.ts';
import { mirrorDirectory, openMirror, type ReconReprocessor } from './recon-directory.ts';
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
  alert(alert: Pick<Alert, 'code' | 'message'>): void;
}

/** The checkpoint as it was taken in. */
export interface TakenCheckpoint {
  readonly sequence: bigint;
  /** About how large it is. */
  readonly sizeBytes: number;
  readonly how: 'linked' | 'copied' | 'unpacked';
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

/** Takes the checkpoint in beside the live copy, rebuilds from it, and lets it take that copy's place. */
export async function rebuildRecon(options: RebuildOptions, watcher: RebuildWatcher): Promise<Rebuilt> {
  const { dataDir, filesystemPaths, verify, maxShrink, signal } = options;
  const directory = mirrorDirectory(dataDir);
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
    const before = await readMirrorOptions(directory);
    await new CheckpointShelf(directory).requireOutside(options.origin);
    await using mirror = await openMirror(dataDir, reprocessor, (error) => {
      watcher.alert({ code: error.code, message: error.message });
    });
    watcher.step('taking the checkpoint');
    const { checkpoint, copy } = await take(mirror, reprocessor, options);
    try {
      const disk = await diskNeed(dataDir, checkpoint);
      await watcher.taken(checkpoint, disk);
      watcher.step(READING);
      const report = await reprocessor.reprocess({
        source: { openSnapshot: () => copy.openSnapshot() },
        signal,
      });
      await writeMirrorOptions(directory, { filesystemPaths });
      await mirror.promote(copy.id);
      return { report, checkpoint, disk, filesystemPathsBefore: before?.filesystemPaths };
    } finally {
      // Whether an undecided switch came about is not known before the next opening, which settles it.
      if (!isUndecided(reprocessor)) await mirror.unstage();
    }
  } finally {
    await reprocessor.close();
  }
}

/**
 * In a history of its own: whether it is of the database that was live before cannot be told, and changes of another one must
 * not be laid on top of it.
 */
async function take(mirror: OmMirror, reprocessor: ReconReprocessor, { origin, signal }: RebuildOptions) {
  const copy = await mirror.stage(origin, { signal });
  const reached = reprocessor.status().ready ? reprocessor.position()?.sequence : undefined;
  if (reached !== undefined && copy.base < reached) {
    await mirror.unstage();
    throw new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      `The checkpoint has sequence ${String(copy.base)}, below ${String(reached)}, which the live tables have reached`,
      { details: { snapshotSequence: copy.base, liveSequence: reached } },
    );
  }
  const checkpoint: TakenCheckpoint = {
    sequence: copy.base,
    sizeBytes: copy.estimateBytes(),
    how: copy.taken ?? 'copied',
  };
  return { checkpoint, copy };
}

function isUndecided(reprocessor: ReconReprocessor): boolean {
  const { state, lastError } = reprocessor.status();
  return state === 'FAILED' && lastError?.code === 'REPROCESS_UNDECIDED';
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
