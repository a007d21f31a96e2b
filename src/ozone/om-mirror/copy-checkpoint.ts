import { constants } from 'node:fs';
import { copyFile, link, open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import { syncDirectory } from '../../store/sync-directory.ts';
import { openOmCheckpoint } from '../checkpoint/om-checkpoint.ts';

/** Refusals of a hard link that a copy does not meet: another file system, somebody else's file, too many links. */
const NO_LINK: readonly (string | undefined)[] = [
  'EXDEV',
  'EPERM',
  'EACCES',
  'EMLINK',
  'ENOTSUP',
  'EOPNOTSUPP',
  'ENOSYS',
];

/** What a checkpoint never has, and a directory that a RocksDB was opened in does. */
const NOT_DATA = /^(?:LOCK|LOG(?:\.old\..*)?)$/;

/**
 * Makes `to`, an existing empty directory, the same checkpoint as `from`, which stays as it is: hard links of the table
 * files, which nobody ever changes, and copies of the rest. Everything is synced.
 *
 * @returns whether the table files were linked or, on another file system, copied.
 */
export async function copyCheckpoint(
  from: string,
  to: string,
  signal: AbortSignal | undefined,
): Promise<'linked' | 'copied'> {
  const origin = await openOmCheckpoint(from, signal === undefined ? {} : { signal });
  let how: 'linked' | 'copied' = 'linked';
  try {
    for (const entry of await readdir(from, { withFileTypes: true })) {
      throwIfAborted(signal);
      // A link is followed: the copy must not depend on what it points to. Pipes and the like are no data.
      const isLink = entry.isSymbolicLink();
      if (!(entry.isFile() || isLink) || NOT_DATA.test(entry.name)) continue;
      const source = join(from, entry.name);
      const target = join(to, entry.name);
      if (entry.name.endsWith('.sst') && how === 'linked' && !isLink) {
        if (await linked(source, target)) continue;
        how = 'copied';
      }
      await copied(source, target);
    }
    await syncDirectory(to);
    await origin.verifyUnchanged();
  } finally {
    await origin.close();
  }
  return how;
}

async function linked(source: string, target: string): Promise<boolean> {
  try {
    await link(source, target);
    return true;
  } catch (error) {
    if (NO_LINK.includes(errorCode(error))) return false;
    throw copyError(source, error);
  }
}

async function copied(source: string, target: string): Promise<void> {
  try {
    await copyFile(source, target, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
    // Reading rights are enough to sync, and the copy has the rights of the original, which may be read-only.
    const handle = await open(target, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw copyError(source, error);
  }
}

function copyError(source: string, error: unknown): StagedReprocessError {
  const code = errorCode(error);
  return code === 'ENOSPC' || code === 'EDQUOT'
    ? new StagedReprocessError('REPROCESS_DISK_SPACE', `No space is left to copy ${source}`, { cause: error })
    : new StagedReprocessError('REPROCESS_SOURCE_FAILED', `${source} could not be copied`, { cause: error });
}
