import type { ReconLease } from '../recon-directory.ts';
import type { Row } from './hex-rows.ts';
import type { ReconTable } from './recon-folder.ts';
import { encodeFileCount, encodeFileSizeCountKey, encodeGlobalStat } from './stats-encodings.ts';

/** The rows of one table as they were rebuilt, in Recon's encoding and in the order of its keys. */
export function rebuiltRows(lease: ReconLease, table: ReconTable): AsyncIterable<Row> {
  switch (table) {
    case 'namespaceSummaryTable':
      return lease.store('namespace').table(table).iterator();
    case 'containerKeyTable':
    case 'keyContainerTable':
    case 'containerKeyCountTable':
      return lease.store('containers').table(table).iterator();
    case 'fileCountBySizeTable':
      return fileCounts(lease);
    case 'globalStatsTable':
      return globalStats(lease);
    default:
      return table satisfies never;
  }
}

async function* globalStats(lease: ReconLease): AsyncGenerator<Row> {
  const rows = lease
    .store('stats')
    .raw.iterate<{ key: string; value: bigint }>('SELECT key, value FROM GLOBAL_STATS ORDER BY key');
  for await (const { key, value } of rows) yield [Buffer.from(key, 'utf8'), encodeGlobalStat(value)];
}

interface FileCount {
  readonly volume: string;
  readonly bucket: string;
  readonly file_size: bigint;
  readonly count: bigint;
}

/**
 * In Recon's key the length of a name comes before the name. The size is a varint, lowest bits first; but for the powers of
 * two, and the one bound above them, that order is the order of the numbers.
 */
async function* fileCounts(lease: ReconLease): AsyncGenerator<Row> {
  const names = ['volume', 'bucket'].flatMap((column) => [...lengthOrder(column), column]);
  const order = [...names, 'file_size'].join(', ');
  const rows = lease
    .store('stats')
    .raw.iterate<FileCount>(
      `SELECT volume, bucket, file_size, count FROM FILE_COUNT_BY_SIZE ORDER BY ${order}`,
    );
  for await (const { volume, bucket, file_size: fileSizeUpperBound, count } of rows)
    yield [encodeFileSizeCountKey({ volume, bucket, fileSizeUpperBound }), encodeFileCount(count)];
}

/** The bytes of a length as a varint, first and second: names are far shorter than the 16,384 bytes that these can tell. */
function lengthOrder(column: string): readonly string[] {
  const length = `length(CAST(${column} AS BLOB))`;
  return [`(${length} & 127) + 128 * (${length} > 127)`, `${length} >> 7`];
}
