import { StagedReprocessor, type Lease, type ReconOmTask, type TaskFor } from 'staged-reprocessor';
import { sqliteStore } from 'staged-reprocessor/kysely';
import { levelStore } from 'staged-reprocessor/level';
import {
  containerTables,
  namespaceTables,
  reconTasks,
  statsTables,
  type FileCountBySizeRow,
  type GlobalStatsRow,
} from 'staged-reprocessor/recon';

const stores = {
  namespace: levelStore({ tables: namespaceTables }),
  containers: levelStore({ tables: containerTables }),
  stats: sqliteStore<{ GLOBAL_STATS: GlobalStatsRow; FILE_COUNT_BY_SIZE: FileCountBySizeRow }>({
    tables: statsTables,
  }),
};

export type ReconLease = Lease<typeof stores>;
export type Recon = StagedReprocessor<typeof stores>;

/** The six tasks of Recon, in one SQLite database and two LevelDBs. */
export function openRecon(dataDir: string): Promise<Recon> {
  const tasks: readonly ReconOmTask[] = reconTasks({ filesystemPaths: true });
  return StagedReprocessor.open({
    dataDir,
    stores,
    tasks: tasks.filter(isForHere),
  });
}

/** The tasks leave the name of their store open; unless told otherwise they write to these. */
function isForHere(task: ReconOmTask): task is TaskFor<typeof stores> {
  return task.store in stores;
}
