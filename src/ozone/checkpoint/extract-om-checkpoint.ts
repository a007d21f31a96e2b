import { copyFile, mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { throwIfAborted } from '../../errors.ts';
import { unpackError } from './archive-errors.ts';
import { fileSource, type ArchiveSource } from './archive.ts';
import { findCheckpoint } from './checkpoint-layout.ts';
import { requireOptions } from './required-options.ts';
import type { FolderKind } from './staging-folder.ts';
import { prepareStagingDirectory, stagedFolder, syncDirectory } from './staging-folder.ts';
import { unpack } from './unpack.ts';

/** @public */
export interface ExtractOmCheckpointOptions {
  /**
   * Where it is unpacked: a directory that this library may use alone, on the disk that shall hold the copy. It is made
   * if it is missing. Nothing is written elsewhere.
   */
  readonly stagingDirectory: string;
  /** Ends the unpacking early, with `REPROCESS_ABORTED`. */
  readonly signal?: AbortSignal;
  /**
   * Whether the archive must hold `OZONE_RATIS_SNAPSHOT_COMPLETE`, as every one that was served whole does. A
   * checkpoint that somebody packed by hand has none.
   *
   * @defaultValue true
   */
  readonly requireComplete?: boolean;
}

const KEYS = ['stagingDirectory', 'signal', 'requireComplete'];

/**
 * Unpacks the archive of an Ozone Manager's checkpoint (`/dbCheckpoint`, versions 1 and 2; plain or gzipped), and
 * returns the directory, which is the caller's. The copy has its name only when it is whole and synced; what crashed
 * calls left in the staging directory is deleted first.
 *
 * Needs the package `tar-stream`. Throws `REPROCESS_ARCHIVE_INVALID` (truncated, incomplete, no checkpoint, or an
 * entry that must not be unpacked), `REPROCESS_SOURCE_INVALID` (no such file), `REPROCESS_DISK_SPACE`,
 * `REPROCESS_MISSING_PEER`, `REPROCESS_SOURCE_FAILED`, `REPROCESS_ABORTED`.
 *
 * @public
 */
export function extractOmCheckpoint(file: string, options: ExtractOmCheckpointOptions): Promise<string> {
  return extractTo(file, options, 'kept');
}

/** `kind` says what becomes of the copy: kept, or deleted by whoever closes it and, after a crash, by the next call. */
export function extractTo(
  file: string,
  options: ExtractOmCheckpointOptions,
  kind: Exclude<FolderKind, 'partial'>,
): Promise<string> {
  return extractFrom(fileSource(file), options, kind);
}

/** The same for an archive from anywhere. `verify` is the last look, before the copy gets its name. */
export async function extractFrom(
  source: ArchiveSource,
  options: ExtractOmCheckpointOptions,
  kind: Exclude<FolderKind, 'partial'>,
  verify?: () => Promise<void>,
): Promise<string> {
  requireOptions(options, KEYS);
  const { stagingDirectory, signal, requireComplete = true } = options;
  throwIfAborted(signal);
  const partial = stagedFolder(stagingDirectory, 'partial');
  try {
    await prepareStagingDirectory(stagingDirectory);
    await mkdir(partial);
    const unpacked = await unpack(source, partial, signal);
    const layout = findCheckpoint({ ...unpacked, requireComplete });
    const checkpoint = join(partial, 'checkpoint');
    await mkdir(checkpoint);
    await arrange(layout, unpacked.paths, checkpoint);
    await verify?.();
    throwIfAborted(signal);
    const directory = stagedFolder(stagingDirectory, kind);
    await rename(checkpoint, directory);
    await rm(partial, { recursive: true, force: true });
    await syncDirectory(stagingDirectory);
    return directory;
  } catch (error) {
    await rm(partial, { recursive: true, force: true });
    throw unpackError(source.name, error, signal);
  }
}

/** Gives the unpacked files the names of the checkpoint. One that is wanted twice (a hard link) is copied. */
async function arrange(
  layout: ReadonlyMap<string, string>,
  paths: ReadonlyMap<string, string>,
  checkpoint: string,
): Promise<void> {
  const first = new Map<string, string>();
  for (const [name, source] of layout) {
    const target = join(checkpoint, name);
    const placed = first.get(source);
    if (placed !== undefined) {
      await copyFile(placed, target);
      await syncFile(target);
      continue;
    }
    await rename(paths.get(source) ?? '', target);
    first.set(source, target);
  }
  await syncDirectory(checkpoint);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
