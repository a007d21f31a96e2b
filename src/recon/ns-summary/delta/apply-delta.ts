import type { DeltaContext, TaskDelta } from '../../../task/delta-context.ts';
import { netChanges } from '../../net-changes.ts';
import type { NamespaceStore } from '../../recon-tables.ts';
import { BucketChanges } from './bucket-changes.ts';
import { ClaimChanges } from './claim-changes.ts';
import type { DeltaParts } from './delta-parts.ts';
import { DirectoryChanges } from './directory-changes.ts';
import { FolderChanges } from './folder-changes.ts';
import { takeDirectories, takeFiles } from './fso-changes.ts';
import { KeyChanges } from './key-changes.ts';
import { SummaryTree } from './summary-tree.ts';

/**
 * Brings all tables of `NSSummaryTask` to what a rebuild would make of the source rows after the delta. All of them are a
 * function of these rows alone, so it is enough to know which rows are others than before: neither the order of the
 * events nor where the delta begins and ends can matter. Everything is read before anything is written.
 */
export async function applyDelta(
  delta: TaskDelta,
  context: DeltaContext<NamespaceStore>,
  filesystemPaths: boolean,
): Promise<void> {
  const net = netChanges(delta.events);
  const changesOf = (table: string) => net.get(table) ?? [];
  const tree = new SummaryTree(context.table('namespaceSummaryTable').bytes);
  const claims = new ClaimChanges(context.table('namespaceClaims').bytes);
  const buckets = new BucketChanges(context.table('namespaceBuckets').bytes, tree);
  const parts: DeltaParts = { context, filesystemPaths, tree, claims, buckets };
  const folders = new FolderChanges(context.table('keyFolders').bytes, parts);
  const directories = new DirectoryChanges(context.table('cyclicDirectories').bytes, parts, folders);
  const keys = new KeyChanges(parts, folders);

  // First the buckets: where a key is booked, and whether a marker is a directory, depends on them.
  await buckets.take(changesOf('bucketTable'), parts);
  await keys.take(changesOf('keyTable'));
  takeDirectories(changesOf('directoryTable'), parts);
  takeFiles(changesOf('fileTable'), parts);
  await directories.decide();
  await keys.tellOrphans();

  folders.book();
  await directories.apply();
  tree.bookFiles();
  await tree.write(directories.isDirectory);
  claims.write();
  buckets.write();
  folders.write();
}
