import { join } from 'node:path';
import { isReprocessError, StagedReprocessError } from '../errors.ts';
import { StagedReprocessor, type Lease } from '../index.ts';
import { mirrorOf, OmMirror, type MirrorCopy } from '../ozone/index.ts';
import { readMirrorOptions } from '../ozone/om-mirror/mirror-options.ts';
import { pathExists } from '../store/path-exists.ts';
import { storedReconTasks } from './stored-tasks.ts';
import { requireDataDirectory } from './data-directory-check.ts';
import { reconStores, type ReconStores } from './recon-stores.ts';
import { SILENT } from './silent-logger.ts';

export type ReconLease = Lease<{ -readonly [Name in keyof ReconStores]: ReconStores[Name] }>;
export type ReconReprocessor = StagedReprocessor<{
  -readonly [Name in keyof ReconStores]: ReconStores[Name];
}>;

/** Where a data directory has its copy of the Ozone Manager's database. */
export function mirrorDirectory(dataDir: string): string {
  return join(dataDir, 'om');
}

/** The mirror of a data directory whose lock `reprocessor` holds, made to fit its live data. The caller closes it. */
export async function openMirror(
  dataDir: string,
  reprocessor: ReconReprocessor,
  onDamage?: (error: StagedReprocessError) => void,
): Promise<OmMirror> {
  const adopt = reprocessor.status().stores.find(({ store }) => store === 'namespace')?.sequence;
  const mirror = await OmMirror.open(mirrorDirectory(dataDir), {
    ...(adopt === undefined ? {} : { adopt }),
    ...(onDamage === undefined ? {} : { onDamage }),
  });
  try {
    if (reprocessor.status().ready) await mirror.settle(mirrorOf(reprocessor));
    return mirror;
  } catch (error) {
    await mirror.close();
    throw error;
  }
}

/** The copy that the live rows were built from. */
export function liveCopy({ live }: OmMirror, dataDir: string): MirrorCopy {
  if (live !== undefined) return live;
  throw new StagedReprocessError(
    'REPROCESS_NOT_READY',
    `${dataDir} has no copy of an Ozone Manager's database: run \`recon rebuild\` first`,
    { details: { dataDir } },
  );
}

export interface ReconReading {
  readonly lease: ReconLease;
  /** The database that the rows were derived from: it has the names. */
  readonly mirror: OmMirror;
  /** As the live rows were built. */
  readonly filesystemPaths: boolean;
}

/**
 * Opens a data directory that `recon rebuild` or `recon follow` has made, for reading only: takes the lock, rebuilds nothing. Ends
 * what a crash left unfinished, so that all changes that were taken are in what is read.
 */
export async function readRecon<T>(dataDir: string, read: (reading: ReconReading) => Promise<T>): Promise<T> {
  await requireDataDirectory(dataDir);
  const recorded = (await readMirrorOptions(mirrorDirectory(dataDir)))?.filesystemPaths ?? false;
  const { reprocessor, filesystemPaths } = await openAsBuilt(dataDir, recorded);
  try {
    await using mirror = await openMirror(dataDir, reprocessor);
    const atLeast = reachable(reprocessor);
    return await reprocessor.read(
      (lease) => read({ lease, mirror, filesystemPaths }),
      atLeast === undefined ? {} : { atLeast },
    );
  } catch (error) {
    if (!isReprocessError(error, 'REPROCESS_NOT_READY') || 'dataDir' in error.details) throw error;
    throw new StagedReprocessError(
      'REPROCESS_NOT_READY',
      `Nothing has been rebuilt in ${dataDir} yet: run \`recon rebuild\` first`,
      { cause: error },
    );
  } finally {
    await reprocessor.close();
  }
}

/**
 * How the live rows of a data directory were built; `undefined` when there are none. Opens it and closes it again.
 *
 * @param recorded - What was recorded, which a crash may have kept from being right.
 */
export async function builtWith(dataDir: string, recorded: boolean): Promise<boolean | undefined> {
  if (!(await pathExists(join(dataDir, 'control')))) return undefined;
  const { reprocessor, filesystemPaths } = await openAsBuilt(dataDir, recorded);
  const { ready } = reprocessor.status();
  await reprocessor.close();
  return ready ? filesystemPaths : undefined;
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

/** What was taken before; `undefined` when the rows cannot come to it without a rebuild, and are read as they are. */
function reachable(reprocessor: ReconReprocessor): bigint | undefined {
  const { stores } = reprocessor.status();
  if (stores.some(({ blocked, outdated }) => blocked !== undefined || outdated)) return undefined;
  return reprocessor.position()?.sequence;
}
