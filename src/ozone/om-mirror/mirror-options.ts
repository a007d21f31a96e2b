import { open, readFile, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode, StagedReprocessError } from '../../errors.ts';
import { syncDirectory } from '../../store/sync-directory.ts';

/** How the data of a mirror is to be understood; recorded beside its checkpoint. @public */
export interface MirrorOptions {
  /** Whether LEGACY buckets are file systems: the value of `ozone.om.enable.filesystem.paths`. */
  readonly filesystemPaths: boolean;
}

const FORMAT = 1;

/**
 * `options.json` of a mirror's directory; `undefined` when nothing was recorded yet.
 *
 * @throws StagedReprocessError `REPROCESS_FORMAT_NEWER`, `REPROCESS_CONTROL_CORRUPT`.
 */
export async function readMirrorOptions(directory: string): Promise<MirrorOptions | undefined> {
  const path = optionsFile(directory);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw new StagedReprocessError('REPROCESS_CONTROL_FAILED', `${path} cannot be read`, { cause: error });
  }
  const value = parsed(path, text);
  if ('format' in value && value.format !== FORMAT) {
    throw new StagedReprocessError(
      'REPROCESS_FORMAT_NEWER',
      `${path} has a format that this version does not know (it knows ${FORMAT})`,
    );
  }
  if (!('filesystemPaths' in value) || typeof value.filesystemPaths !== 'boolean') throw corrupt(path);
  return { filesystemPaths: value.filesystemPaths };
}

/** Replaces `options.json` at once and durably. */
export async function writeMirrorOptions(directory: string, options: MirrorOptions): Promise<void> {
  const path = optionsFile(directory);
  const handle = await open(`${path}.tmp`, 'w');
  try {
    await handle.writeFile(
      `${JSON.stringify({ format: FORMAT, filesystemPaths: options.filesystemPaths })}\n`,
    );
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(`${path}.tmp`, path);
  await syncDirectory(dirname(path));
}

function optionsFile(directory: string): string {
  return join(directory, 'options.json');
}

function parsed(path: string, text: string): object {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null) return value;
  } catch (error) {
    throw corrupt(path, error);
  }
  throw corrupt(path);
}

function corrupt(path: string, cause?: unknown): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_CONTROL_CORRUPT', `${path} is damaged`, { cause });
}
