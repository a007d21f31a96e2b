import { join } from 'node:path';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import { StagedReprocessor, type Lease } from '../index.ts';
import { CheckpointShelf } from '../ozone/om-mirror/checkpoint-shelf.ts';
import { readMirrorOptions } from '../ozone/om-mirror/mirror-options.ts';
import { storedReconTasks } from './stored-tasks.ts';
import { requireDataDirectory } from './data-directory-check.ts';
import { reconStores, type ReconStores } from './recon-stores.ts';
import { SILENT } from './silent-logger.ts';

export type ReconLease = Lease<{ -readonly [Name in keyof ReconStores]: ReconStores[Name] }>;
export type ReconReprocessor = StagedReprocessor<{
  -readonly [Name in keyof ReconStores]: ReconStores[Name];
}>;

/** The shelf of a data directory. */
export function shelfOf(dataDir: string): CheckpointShelf {
  return new CheckpointShelf(join(dataDir, 'om'));
}

export interface ReconReading {
  readonly lease: ReconLease;
  readonly shelf: CheckpointShelf;
  /** As the live rows were built. */
  readonly filesystemPaths: boolean;
}

/**
 * Opens a data directory that `recon rebuild` has made, for reading only: takes the lock, rebuilds nothing. Ends what a
 * crash left unfinished.
 */
export async function readRecon<T>(dataDir: string, read: (reading: ReconReading) => Promise<T>): Promise<T> {
  await requireDataDirectory(dataDir);
  const shelf = shelfOf(dataDir);
  const recorded = (await readMirrorOptions(shelf.directory))?.filesystemPaths ?? false;
  const { reprocessor, filesystemPaths } = await openAsBuilt(dataDir, recorded);
  try {
    await shelf.sweep();
    return await reprocessor.read((lease) => read({ lease, shelf, filesystemPaths }));
  } catch (error) {
    if (!isReprocessError(error, 'REPROCESS_NOT_READY')) throw error;
    throw new StagedReprocessError(
      'REPROCESS_NOT_READY',
      `Nothing has been rebuilt in ${dataDir} yet: run \`recon rebuild\` first`,
      { cause: error },
    );
  } finally {
    await reprocessor.close();
  }
}

/** A crash can come between the switch and the writing of the options; the rows themselves know how they were built. */
async function openAsBuilt(dataDir: string, recorded: boolean) {
  const first = await openRecon(dataDir, recorded);
  if (!isOutdated(first)) return { reprocessor: first, filesystemPaths: recorded };
  await first.close();
  const second = await openRecon(dataDir, !recorded);
  if (!isOutdated(second)) return { reprocessor: second, filesystemPaths: !recorded };
  // Built by another version of the tasks: the options are as recorded, and the rows are read as they are.
  return { reprocessor: second, filesystemPaths: recorded };
}

/** Without a source nothing can be rebuilt, and the alert about that is of no interest here. */
async function openRecon(dataDir: string, filesystemPaths: boolean): Promise<ReconReprocessor> {
  return StagedReprocessor.open({
    dataDir,
    stores: { ...(await reconStores()) },
    tasks: storedReconTasks(filesystemPaths),
    leaseTimeoutMs: 0,
    logger: SILENT,
  });
}

function isOutdated(reprocessor: ReconReprocessor): boolean {
  return reprocessor.status().stores.some(({ store, outdated }) => store === 'namespace' && outdated);
}
