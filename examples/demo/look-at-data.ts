import { decodeNSSummary, decodeNSSummaryKey, type NSSummary } from 'staged-reprocessor/recon';
import type { ReconLease } from './recon-host.ts';
import { bar, bold, dim, humanSize, say, width } from './screen.ts';

const DIRECTORIES = 8;
const NAME_COLUMNS = 22;

/** The largest directories, and how large the files are. */
export async function lookAtData(lease: ReconLease, bucketNames: ReadonlyMap<bigint, string>): Promise<void> {
  await largestDirectories(lease, bucketNames);
  await fileSizes(lease);
}

async function largestDirectories(
  lease: ReconLease,
  bucketNames: ReadonlyMap<bigint, string>,
): Promise<void> {
  const rows = new Map<bigint, NSSummary>();
  for await (const [key, value] of lease.store('namespace').table('namespaceSummaryTable').iterator()) {
    rows.set(decodeNSSummaryKey(key), decodeNSSummary(value));
  }
  const largest = [...rows]
    .filter(([, { parentId }]) => parentId !== 0n)
    .sort(([, a], [, b]) => (a.sizeOfFiles > b.sizeOfFiles ? -1 : 1))
    .slice(0, DIRECTORIES);
  say(bold(`The largest of ${rows.size} directories and buckets`));
  for (const [id, { sizeOfFiles, numOfFiles }] of largest) {
    const path = pathOf(id, rows, bucketNames);
    const room = width - 3 - 9 - 2 - 13 - 2;
    say(
      `${humanSize(sizeOfFiles).padStart(9)}  ${dim(`${String(numOfFiles).padStart(5)} files`.padEnd(13))}  ${shortened(path, room)}`,
    );
  }
}

/** LEGACY rows have their whole path in the bucket as their name, others the last part of it. */
function pathOf(
  id: bigint,
  rows: ReadonlyMap<bigint, NSSummary>,
  bucketNames: ReadonlyMap<bigint, string>,
): string {
  const names: string[] = [];
  for (let at = id, depth = 0; depth < 100; depth += 1) {
    const bucket = bucketNames.get(at);
    if (bucket !== undefined) return [bucket, ...names].join('/');
    const row = rows.get(at);
    if (row === undefined) break;
    if (names[0]?.startsWith(`${row.dirName}/`) !== true) names.unshift(row.dirName);
    at = row.parentId;
  }
  return names.join('/');
}

function shortened(text: string, columns: number): string {
  return text.length <= columns ? text : `${text.slice(0, 12)}…${text.slice(text.length - columns + 13)}`;
}

async function fileSizes(lease: ReconLease): Promise<void> {
  const counts = new Map<bigint, bigint>();
  const rows = await lease
    .store('stats')
    .selectFrom('FILE_COUNT_BY_SIZE')
    .select(['file_size', 'count'])
    .execute();
  for (const { file_size, count } of rows) counts.set(file_size, (counts.get(file_size) ?? 0n) + count);
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0n);
  const most = [...counts.values()].reduce((max, count) => (count > max ? count : max), 1n);
  const cells = width - 3 - NAME_COLUMNS - 8;
  console.log();
  say(bold(`${total} files by size`));
  for (const [bound, count] of [...counts].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const name = bound === 2n ** 63n - 1n ? 'from 1 PB on' : `up to ${humanSize(bound)}`;
    say(`${name.padStart(14)}  ${bar(Number(count) / Number(most), cells)} ${count}`);
  }
}
