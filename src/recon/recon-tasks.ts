import {
  ContainerKeyMapperTaskFSO,
  ContainerKeyMapperTaskOBS,
} from './container-key-mapper/container-key-mapper-task.ts';
import { FileSizeCountTaskFSO, FileSizeCountTaskOBS } from './file-size-count/file-size-count-task.ts';
import { NSSummaryTask } from './ns-summary/ns-summary-task.ts';
import { OmTableInsightTask } from './om-table-insight/om-table-insight-task.ts';
import { checkTaskOptions } from './task-options.ts';

/** @public */
export interface ReconTasksOptions {
  /**
   * Whether LEGACY buckets are file systems: the value of `ozone.om.enable.filesystem.paths`.
   *
   * @defaultValue false
   */
  readonly filesystemPaths?: boolean;
  /**
   * Milliseconds since the epoch, for `last_updated_timestamp`.
   *
   * @defaultValue Date.now
   */
  readonly now?: () => number;
}

/**
 * Recon's six tasks, for stores named `namespace` and `containers` (`levelStore` with `namespaceTables` and
 * `containerTables`) and `stats` (`sqliteStore` with `statsTables`).
 *
 * @public
 */
export function reconTasks(
  options: ReconTasksOptions = {},
): [
  NSSummaryTask,
  OmTableInsightTask,
  FileSizeCountTaskFSO,
  FileSizeCountTaskOBS,
  ContainerKeyMapperTaskFSO,
  ContainerKeyMapperTaskOBS,
] {
  checkTaskOptions(options, ['filesystemPaths', 'now']);
  const { filesystemPaths = false, now } = options;
  return [
    new NSSummaryTask({ filesystemPaths }),
    new OmTableInsightTask(now === undefined ? {} : { now }),
    new FileSizeCountTaskFSO(),
    new FileSizeCountTaskOBS(),
    new ContainerKeyMapperTaskFSO(),
    new ContainerKeyMapperTaskOBS(),
  ];
}
