import { join } from 'node:path';
import { StagedReprocessError } from '../errors.ts';
import { pathExists } from '../store/path-exists.ts';

/** Commands that look must not create what they look for. */
export async function requireDataDirectory(directory: string): Promise<void> {
  for (const name of ['control', 'status.json']) {
    if (await pathExists(join(directory, name))) return;
  }
  const what = (await pathExists(directory)) ? 'holds no data of this library' : 'does not exist';
  throw new StagedReprocessError('REPROCESS_NOT_READY', `${directory} ${what}`, { details: { directory } });
}
