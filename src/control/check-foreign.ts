import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { StagedReprocessError } from '../errors.ts';
import type { DataDirectory } from './data-directory.ts';
import { readJsonFile } from './json-file.ts';

/**
 * A directory that never was the library's may hold files of the host under the names that the library uses: they are
 * neither deleted nor overwritten.
 *
 * @throws StagedReprocessError `REPROCESS_FOREIGN_DATA`
 */
export async function checkForeign(home: DataDirectory): Promise<void> {
  if (await exists(home.control)) return;
  const inTheWay: string[] = [];
  // A database of somebody's own has its CURRENT there.
  for (const path of [home.scratch, join(home.path, 'CURRENT')]) if (await exists(path)) inTheWay.push(path);
  for (const path of [home.owner, home.status]) {
    if ((await exists(path)) && !isOwn(await readJsonFile(path))) inTheWay.push(path);
  }
  const [first] = inTheWay;
  if (first === undefined) return;
  throw new StagedReprocessError(
    'REPROCESS_FOREIGN_DATA',
    `${first} is not the library's, and there is no control store beside it. Nothing was changed`,
    { details: { directory: home.path, inTheWay } },
  );
}

function isOwn(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'format' in value && value.format === 1;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
