import { join } from 'node:path';
import { StagedReprocessError } from '../errors.ts';
import type { DataDirectory } from './data-directory.ts';
import { readJsonFile } from './json-file.ts';
import { pathExists } from '../store/path-exists.ts';

/**
 * A directory that never was the library's may hold files of the host under the names that the library uses: they are
 * neither deleted nor overwritten.
 *
 * @throws StagedReprocessError `REPROCESS_FOREIGN_DATA`
 */
export async function checkForeign(home: DataDirectory): Promise<void> {
  if (await pathExists(home.control)) return;
  const inTheWay: string[] = [];
  // A database of somebody's own has its CURRENT there.
  for (const path of [home.scratch, join(home.path, 'CURRENT')])
    if (await pathExists(path)) inTheWay.push(path);
  for (const path of [home.owner, home.status]) {
    if ((await pathExists(path)) && !isOwn(await readJsonFile(path))) inTheWay.push(path);
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
