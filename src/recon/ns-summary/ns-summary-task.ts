import type { TaskContext } from '../../task/context.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { Pacing } from '../pacing.ts';
import type { NamespaceStore } from '../recon-tables.ts';
import { checkTaskOptions, storeName } from '../task-options.ts';
import { BucketIndex } from './bucket-index.ts';
import { ClaimWriter } from './claims.ts';
import { applyDelta } from './delta/apply-delta.ts';
import { cycleVisitor, directoryVisitor, fileVisitor } from './fso-tables.ts';
import { KeyTableVisitor } from './key-table.ts';
import { NamespaceTree } from './namespace-tree.ts';
import { OpenFolders } from './open-folders.ts';
import { addUpTotals } from './tree-totals.ts';
import { writeCycles, writeNamespaceRows } from './write-rows.ts';

/** @public */
export interface NSSummaryTaskOptions<Store extends string = 'namespace'> {
  /** @defaultValue 'namespace' */
  readonly store?: Store;
  /**
   * Whether LEGACY buckets are file systems, whose keys ending in `/` are directories: the value of
   * `ozone.om.enable.filesystem.paths`. Changes the rows.
   *
   * @defaultValue false
   */
  readonly filesystemPaths?: boolean;
}

/**
 * Sums up every bucket and directory: number and sizes of the files below it, sizes of its direct files, its direct
 * sub-directories. Writes `namespaceSummaryTable`, see `decodeNSSummary`.
 *
 * Quarantined: rows that cannot be decoded, keys without a bucket row, directories on a cycle, and every row after the
 * first with one object id. Findings: `legacy-orphan` (a LEGACY key whose parent marker is missing, booked on its
 * bucket) and `legacy-directory-marker` (one met although `filesystemPaths` is off). A delta reports of the rows that it
 * changes what a rebuild would report of them, and the rows that no longer count because of it; not the keys that a bucket or
 * marker leaves behind.
 *
 * The delta law holds for all source rows, also while object ids are claimed twice and directories lie on cycles. What
 * deltas need to know beside the rows is kept in the private tables `namespaceClaims`, `namespaceBuckets`, `keyFolders` and
 * `cyclicDirectories`. A delta that changes a bucket's id or layout while keys are left in it reads the rows of all their
 * folders at once.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.NSSummaryTask
 * @public
 */
export class NSSummaryTask<const Store extends string = 'namespace'> implements ReconOmTask<NamespaceStore> {
  readonly taskName = 'NSSummaryTask';
  readonly version = 2;
  readonly store: Store;
  readonly sourceTables = ['bucketTable', 'directoryTable', 'fileTable', 'keyTable'];
  readonly privateTables = ['namespaceClaims', 'namespaceBuckets', 'keyFolders', 'cyclicDirectories'];
  readonly dataOptions: { readonly filesystemPaths: boolean };

  constructor(options: NSSummaryTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store', 'filesystemPaths']);
    this.store = storeName(options.store, 'namespace');
    this.dataOptions = { filesystemPaths: options.filesystemPaths ?? false };
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<NamespaceStore>): Promise<undefined> {
    const sink = context.sink('namespaceSummaryTable', { ascending: true });
    const bucketSink = context.sink('namespaceBuckets', { ascending: true });
    const claims = new ClaimWriter(context.sink('namespaceClaims'));
    const folders = new OpenFolders(context.sink('keyFolders'));
    const cycleSink = context.sink('cyclicDirectories', { ascending: true });
    const { filesystemPaths } = this.dataOptions;
    const tree = new NamespaceTree();
    const buckets = new BucketIndex(tree);
    // One after the other: keys need the layout of their bucket, and of two rows with one object id always the same
    // one must be set aside, in whatever order the engine reads the tables.
    await snapshot.scan('bucketTable', buckets.visitor(claims, bucketSink, context));
    await snapshot.scan('directoryTable', directoryVisitor(tree, claims, context));
    const keys = new KeyTableVisitor({ tree, buckets, claims, folders, context, filesystemPaths });
    await Promise.all([
      snapshot.scan('fileTable', fileVisitor(tree, context)),
      snapshot.scan('keyTable', keys),
    ]);
    const cyclic = addUpTotals(tree);
    if (cyclic.length > 0) await snapshot.scan('directoryTable', cycleVisitor(tree, cyclic, context));
    const pacing = new Pacing(context.signal);
    await writeCycles(tree, cyclic, cycleSink, pacing);
    await writeNamespaceRows(tree, sink, pacing);
    return undefined;
  }

  async process(delta: TaskDelta, context: DeltaContext<NamespaceStore>): Promise<undefined> {
    await applyDelta(delta, context, this.dataOptions.filesystemPaths);
    return undefined;
  }
}
