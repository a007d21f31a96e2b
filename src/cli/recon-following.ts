import { StagedReprocessor } from '../index.ts';
import type { OmMirror } from '../ozone/index.ts';
import { readMirrorOptions, writeMirrorOptions } from '../ozone/om-mirror/mirror-options.ts';
import { builtWith, mirrorDirectory, openMirror, type ReconReprocessor } from './recon-directory.ts';
import { reconStores } from './recon-stores.ts';
import { SILENT } from './silent-logger.ts';
import { storedReconTasks } from './stored-tasks.ts';

export interface FollowingOptions {
  readonly dataDir: string;
  /** As recorded, when left out. */
  readonly filesystemPaths?: boolean;
  readonly maxShrink?: number;
  /** Told what an administrator should know. */
  readonly alert: (alert: { readonly code: string; readonly message: string }) => void;
}

/** A data directory whose tables follow their source: they are rebuilt from the mirror whenever they must be. */
export interface ReconFollowing extends AsyncDisposable {
  readonly reprocessor: ReconReprocessor;
  readonly mirror: OmMirror;
  readonly filesystemPaths: boolean;
}

/** Opens a data directory, or begins one, for changes. The caller disposes of it. */
export async function openFollowing(options: FollowingOptions): Promise<ReconFollowing> {
  const { dataDir, maxShrink, alert } = options;
  const directory = mirrorDirectory(dataDir);
  const recorded = await readMirrorOptions(directory);
  const known = recorded?.filesystemPaths ?? false;
  const filesystemPaths = options.filesystemPaths ?? (await builtWith(dataDir, known)) ?? known;
  // The mirror may be opened only once the reprocessor holds the directory's lock; a rebuild that begins at once waits for it.
  const opened = Promise.withResolvers<OmMirror>();
  opened.promise.catch(() => undefined);
  const reprocessor = await StagedReprocessor.open({
    dataDir,
    stores: { ...(await reconStores()) },
    tasks: storedReconTasks(filesystemPaths),
    source: { openSnapshot: async (request) => (await opened.promise).source().openSnapshot(request) },
    ...(maxShrink === undefined ? {} : { maxShrink }),
    logger: SILENT,
  });
  try {
    reprocessor.on('alert', alert);
    const mirror = await openMirror(dataDir, reprocessor, alert);
    opened.resolve(mirror);
    if (recorded?.filesystemPaths !== filesystemPaths)
      await writeMirrorOptions(directory, { filesystemPaths });
    return {
      reprocessor,
      mirror,
      filesystemPaths,
      async [Symbol.asyncDispose]() {
        await reprocessor.close();
        await mirror.close();
      },
    };
  } catch (error) {
    opened.reject(error);
    await reprocessor.close();
    throw error;
  }
}
