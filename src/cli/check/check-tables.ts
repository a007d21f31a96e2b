import type { SourceSnapshot } from '../../source/source.ts';
import type { ReconLease } from '../recon-directory.ts';
import { DECODERS } from './decode-rows.ts';
import { hexRows } from './hex-rows.ts';
import { ObjectPaths } from './object-paths.ts';
import { rebuiltRows } from './rebuilt-rows.ts';
import { RECON_TABLES, type ReconFiles, type ReconTable } from './recon-folder.ts';
import { withPaths } from './row-paths.ts';
import { withoutSwappedSizes } from './swapped-sizes.ts';
import { decodeWrongRow, meanTheSame, type DecodedRow, type ToldRow } from './told-row.ts';
import { wrongRows, type RowTally, type WrongRow } from './wrong-rows.ts';

/** In what one table of a Recon is wrong. */
export interface TableCheck {
  readonly table: ReconTable;
  /** `false`: the folder has no file of it, and nothing else here was looked at. */
  readonly checked: boolean;
  readonly rows: RowTally;
  readonly missing: number;
  readonly extra: number;
  readonly different: number;
  /** Whether Recon's rebuild has swapped the two sizes of `deletedTable`; such rows are not counted as wrong. */
  readonly swappedSizes: boolean;
  /** The first wrong rows, in key order. */
  readonly first: readonly ToldRow[];
}

export interface TablesToCheck {
  readonly files: ReconFiles;
  readonly lease: ReconLease;
  readonly snapshot: SourceSnapshot;
  /** Wrong rows to show, a table. */
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** Compares the tables one after another; `begin` is told of each. */
export async function checkTables(
  request: TablesToCheck,
  begin: (table: ReconTable) => void,
): Promise<readonly TableCheck[]> {
  const checks: TableCheck[] = [];
  for (const table of RECON_TABLES) {
    const file = request.files.get(table);
    if (file !== undefined) begin(table);
    checks.push(await checkTable(request, table, file));
  }
  return checks;
}

async function checkTable(
  { lease, snapshot, limit, signal }: TablesToCheck,
  table: ReconTable,
  file: string | undefined,
): Promise<TableCheck> {
  const counts = { missing: 0, extra: 0, different: 0 };
  const rows: RowTally = { recon: 0, rebuilt: 0 };
  if (file === undefined) return { table, checked: false, rows, ...counts, swappedSizes: false, first: [] };
  const decoder = DECODERS[table];
  const same = (recon: Buffer, rebuilt: Buffer): boolean => meanTheSame(decoder, recon, rebuilt);
  let found: AsyncIterable<WrongRow> = wrongRows(
    hexRows(file),
    rebuiltRows(lease, table),
    same,
    rows,
    signal,
  );
  let swappedSizes = false;
  if (table === 'globalStatsTable') {
    found = withoutSwappedSizes(found, () => {
      swappedSizes = true;
    });
  }
  const first: DecodedRow[] = [];
  for await (const row of found) {
    counts[row.kind] += 1;
    if (first.length < limit) first.push(decodeWrongRow(decoder, row));
  }
  const paths = new ObjectPaths(lease.store('namespace').table('namespaceSummaryTable'), snapshot, signal);
  return { table, checked: true, rows, ...counts, swappedSizes, first: await withPaths(first, paths) };
}
