import { sumInt64 } from '../store/merge-rule.ts';
import type { TableDefinitions } from '../store/table.ts';

/**
 * The tables of `NSSummaryTask`, for `levelStore`. Keys and values are bytes, see `decodeNSSummary`. All but
 * `namespaceSummaryTable` are private to the task.
 *
 * @public
 */
export const namespaceTables = {
  namespaceSummaryTable: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  namespaceClaims: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  namespaceBuckets: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  keyFolders: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  cyclicDirectories: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
} as const satisfies TableDefinitions;

/**
 * The tables of the container key mappers, for `levelStore`. Keys and values are bytes, see `decodeContainerKey`,
 * `decodeKeyContainer` and `decodeContainerKeyCount`. Both mappers count into one table, so counts of one container
 * add up.
 *
 * @public
 */
export const containerTables = {
  containerKeyTable: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  keyContainerTable: { keyEncoding: 'buffer', valueEncoding: 'buffer' },
  containerKeyCountTable: { keyEncoding: 'buffer', valueEncoding: 'buffer', merge: sumInt64 },
} as const satisfies TableDefinitions;

/**
 * The tables of `OmTableInsightTask` and of the file size counters, for `sqliteStore`. Both counters write one table, so
 * counts of one bucket and size add up. `OM_SPLIT_UPLOADS` and `OM_UPLOAD_PARTS` are private to `OmTableInsightTask`.
 *
 * @public
 */
export const statsTables = {
  GLOBAL_STATS: {
    columns: {
      key: 'text',
      value: 'bigint',
      last_updated_timestamp: { type: 'integer', volatile: true },
    },
    primaryKey: ['key'],
  },
  FILE_COUNT_BY_SIZE: {
    columns: { volume: 'text', bucket: 'text', file_size: 'bigint', count: 'bigint' },
    primaryKey: ['volume', 'bucket', 'file_size'],
    merge: { count: 'sum' },
  },
  OM_SPLIT_UPLOADS: {
    columns: {
      upload_id: 'blob',
      row_key: 'blob',
      factor: 'integer',
      data: 'integer',
      parity: 'integer',
      chunk: 'integer',
    },
    primaryKey: ['upload_id', 'row_key'],
  },
  OM_UPLOAD_PARTS: {
    columns: { upload_id: 'blob', part: 'blob', size: 'bigint' },
    primaryKey: ['upload_id', 'part'],
  },
} as const;
