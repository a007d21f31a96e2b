import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StagedReprocessor, type ReprocessReport } from '../../index.ts';
import { extractOmCheckpoint, omCheckpointSource, openOmCheckpoint } from '../../ozone/index.ts';
import type { ReconReprocessor } from '../recon-directory.ts';
import { reconStores } from '../recon-stores.ts';
import { SILENT } from '../silent-logger.ts';
import { storedReconTasks } from '../stored-tasks.ts';
import { checkTables, type TableCheck } from './check-tables.ts';
import type { ReconFiles } from './recon-folder.ts';

export interface CheckOptions {
  /** A checkpoint: a directory, read in place, or an archive. */
  readonly origin: string;
  readonly files: ReconFiles;
  readonly filesystemPaths: boolean;
  readonly limit: number;
  readonly signal: AbortSignal;
}

/** What is told while a check goes on. */
export interface CheckWatcher {
  opened(reprocessor: ReconReprocessor): void;
  step(name: string): void;
}

export interface CheckResult {
  /** Of the checkpoint. */
  readonly sequence: bigint;
  readonly report: ReprocessReport;
  readonly tables: readonly TableCheck[];
}

/** The step in which rows are read. */
export const READING = 'rebuilding from the checkpoint';

/** Rebuilds Recon's tables in a folder of its own, which it removes, and compares. Changes nothing that it was given. */
export async function checkRecon(options: CheckOptions, watcher: CheckWatcher): Promise<CheckResult> {
  const folder = await mkdtemp(join(tmpdir(), 'staged-reprocessor-'));
  try {
    return await checkIn(folder, options, watcher);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function checkIn(folder: string, options: CheckOptions, watcher: CheckWatcher): Promise<CheckResult> {
  const { signal, filesystemPaths } = options;
  const directory = await checkpointOf(folder, options, watcher);
  const snapshot = await openOmCheckpoint(directory, { signal });
  try {
    const reprocessor = await StagedReprocessor.open({
      dataDir: join(folder, 'data'),
      stores: { ...(await reconStores()) },
      tasks: storedReconTasks(filesystemPaths),
      leaseTimeoutMs: 0,
      logger: SILENT,
    });
    try {
      watcher.opened(reprocessor);
      watcher.step(READING);
      const report = await reprocessor.reprocess({ source: omCheckpointSource(directory), signal });
      const tables = await reprocessor.read((lease) =>
        checkTables({ ...options, lease, snapshot }, (table) => {
          watcher.step(`comparing ${table}`);
        }),
      );
      return { sequence: snapshot.sequence, report, tables };
    } finally {
      await reprocessor.close();
    }
  } finally {
    await snapshot.close();
  }
}

/** Archives that were packed by hand have no mark of completeness. */
async function checkpointOf(
  folder: string,
  { origin, signal }: CheckOptions,
  watcher: CheckWatcher,
): Promise<string> {
  const isFile = await stat(origin).then(
    (found) => found.isFile(),
    () => false,
  );
  if (!isFile) return origin;
  watcher.step('unpacking the checkpoint');
  return extractOmCheckpoint(origin, {
    stagingDirectory: join(folder, 'om'),
    requireComplete: false,
    signal,
  });
}
