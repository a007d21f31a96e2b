import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StagedReprocessError } from '../errors.ts';

/** Commands that look must not create what they look for. */
export async function requireDataDirectory(directory: string): Promise<void> {
  for (const name of ['control', 'status.json']) {
    if (await exists(join(directory, name))) return;
  }
  const what = (await exists(directory)) ? 'holds no data of this library' : 'does not exist';
  throw new StagedReprocessError('REPROCESS_NOT_READY', `${directory} ${what}`, { details: { directory } });
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
