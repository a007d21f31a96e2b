import { rm } from 'node:fs/promises';
import type { ExtractOmCheckpointOptions } from './extract-om-checkpoint.ts';
import { extractTo } from './extract-om-checkpoint.ts';
import type { OmCheckpoint, OmCheckpointOptions } from './om-checkpoint.ts';
import { openOmDirectory } from './om-checkpoint.ts';
import { requireOptions, requirePath } from './required-options.ts';

/** @public */
export interface OmCheckpointTarOptions extends ExtractOmCheckpointOptions, OmCheckpointOptions {}

const KEYS = ['stagingDirectory', 'signal', 'requireComplete', 'verifyChecksums'];

/**
 * Unpacks the archive of an Ozone Manager's checkpoint under the staging directory and opens the copy, which `close`
 * deletes. To keep it, use `extractOmCheckpoint` and `openOmCheckpoint`.
 *
 * Throws what those two throw.
 *
 * @public
 */
export async function openOmCheckpointTar(
  file: string,
  options: OmCheckpointTarOptions,
): Promise<OmCheckpoint> {
  requirePath('file', file);
  requireOptions(options, KEYS);
  const { verifyChecksums, ...extract } = options;
  const directory = await extractTo(file, extract, 'temporary');
  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true });
  try {
    const { signal } = options;
    const opening: OmCheckpointOptions = {
      ...(signal === undefined ? {} : { signal }),
      ...(verifyChecksums === undefined ? {} : { verifyChecksums }),
    };
    return await openOmDirectory(directory, opening, remove);
  } catch (error) {
    await remove();
    throw error;
  }
}
