import { stat } from 'node:fs/promises';
import type { Source, SourceSnapshot } from '../../source/source.ts';
import { isMissing, notACheckpoint, readFailed } from '../rocksdb/read-errors.ts';
import { openOmCheckpoint } from './om-checkpoint.ts';
import { openOmCheckpointTar } from './om-checkpoint-tar.ts';
import { requireOptions, requirePath } from './required-options.ts';

/** @public */
export interface OmCheckpointSourceOptions {
  /** Where an archive is unpacked; needed for archives only. See `extractOmCheckpoint`. */
  readonly stagingDirectory?: string;
  /**
   * Whether an archive must hold `OZONE_RATIS_SNAPSHOT_COMPLETE`.
   *
   * @defaultValue true
   */
  readonly requireComplete?: boolean;
  /**
   * Whether the checksum of each data block is verified.
   *
   * @defaultValue true
   */
  readonly verifyChecksums?: boolean;
}

const KEYS = ['requireComplete', 'stagingDirectory', 'verifyChecksums'];

/**
 * A source that is one checkpoint of an Ozone Manager: a directory, read in place, or an archive, which is unpacked for
 * each run and deleted when its snapshot is closed.
 *
 * @public
 */
export function omCheckpointSource(path: string, options: OmCheckpointSourceOptions = {}): Source {
  requirePath('path', path);
  requireOptions(options, KEYS);
  return {
    async openSnapshot({ signal }): Promise<SourceSnapshot> {
      const { stagingDirectory, requireComplete, verifyChecksums } = options;
      const opening = { signal, ...(verifyChecksums === undefined ? {} : { verifyChecksums }) };
      if (await isDirectory(path)) return openOmCheckpoint(path, opening);
      if (stagingDirectory === undefined) {
        throw new TypeError(
          'Expected `stagingDirectory` to be a path (the source is an archive), got `undefined`',
        );
      }
      const unpacking = { stagingDirectory, ...(requireComplete === undefined ? {} : { requireComplete }) };
      return openOmCheckpointTar(path, { ...opening, ...unpacking });
    },
  };
}

async function isDirectory(path: string): Promise<boolean> {
  try {
    return (await stat(path)).isDirectory();
  } catch (error) {
    if (isMissing(error)) throw notACheckpoint(path, 'there is no such file or directory', error);
    throw readFailed(path, error);
  }
}
