import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pathExists } from '../../store/path-exists.ts';
import { UsageError } from '../usage-error.ts';

/** The tables of a Recon that its tasks write, in the order in which they are checked. */
export const RECON_TABLES = [
  'namespaceSummaryTable',
  'containerKeyTable',
  'keyContainerTable',
  'containerKeyCountTable',
  'fileCountBySizeTable',
  'globalStatsTable',
] as const;

export type ReconTable = (typeof RECON_TABLES)[number];

/** The file of each table; `undefined` where the folder has none. */
export type ReconFiles = ReadonlyMap<ReconTable, string | undefined>;

/** @throws UsageError when there is not one file of a table */
export async function reconFiles(folder: string): Promise<ReconFiles> {
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) throw new UsageError(`Expected RECON_TABLES to be a folder, got \`${folder}\``);
  const files = new Map<ReconTable, string | undefined>();
  for (const table of RECON_TABLES) {
    const file = join(folder, `${table}.hex`);
    files.set(table, (await pathExists(file)) ? file : undefined);
  }
  if ([...files.values()].some((file) => file !== undefined)) return files;
  throw new UsageError(
    `Expected \`${folder}\` to hold at least one of ${RECON_TABLES.map((table) => `${table}.hex`).join(', ')}`,
  );
}
