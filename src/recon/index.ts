export { NSSummaryTask, type NSSummaryTaskOptions } from './ns-summary/ns-summary-task.ts';
export {
  OmTableInsightTask,
  type OmTableInsightTaskOptions,
} from './om-table-insight/om-table-insight-task.ts';
export {
  FileSizeCountTaskFSO,
  FileSizeCountTaskOBS,
  type FileSizeCountTaskOptions,
} from './file-size-count/file-size-count-task.ts';
export {
  ContainerKeyMapperTaskFSO,
  ContainerKeyMapperTaskOBS,
  type ContainerKeyMapperTaskOptions,
} from './container-key-mapper/container-key-mapper-task.ts';
export { reconTasks, type ReconTasksOptions } from './recon-tasks.ts';
export { containerTables, namespaceTables, statsTables } from './table-declarations.ts';
export type {
  ContainerRows,
  ContainerStore,
  FileCountBySizeRow,
  GlobalStatsRow,
  KeyValueRow,
  NamespaceRows,
  NamespaceStore,
  SplitUploadRow,
  StatsEntries,
  StatsRows,
  StatsStore,
  StatsTables,
  UploadPartRow,
} from './recon-tables.ts';
export {
  decodeNSSummary,
  decodeNSSummaryKey,
  encodeNSSummary,
  encodeNSSummaryKey,
  type NSSummary,
} from './encodings/ns-summary.ts';
export {
  decodeContainerId,
  decodeContainerKey,
  decodeContainerKeyCount,
  decodeKeyContainer,
  encodeContainerId,
  encodeContainerKey,
  encodeContainerKeyCount,
  encodeKeyContainer,
  type ContainerKey,
} from './encodings/container-keys.ts';
export { FILE_SIZE_BINS, fileSizeBin, fileSizeUpperBound } from './encodings/file-size-bins.ts';
export type { MergeRule } from '../store/merge-rule.ts';
export {
  reconStatusRows,
  type ReconRequestStatus,
  type ReconStatusOptions,
  type ReconStatusRow,
  type ReconStatusSource,
  type ReconSyncStatus,
} from './status-rows.ts';
