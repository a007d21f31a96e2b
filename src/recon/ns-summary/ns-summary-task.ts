import type { TaskContext } from '../../task/context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { Pacing } from '../pacing.ts';
import type { NamespaceStore } from '../recon-tables.ts';
import { checkTaskOptions, storeName } from '../task-options.ts';
import { BucketIndex } from './bucket-index.ts';
import { cycleVisitor, directoryVisitor, fileVisitor } from './fso-tables.ts';
import { KeyTableVisitor } from './key-table.ts';
import { NamespaceTree } from './namespace-tree.ts';
import { addUpTotals } from './tree-totals.ts';
import { writeNamespaceRows } from './write-rows.ts';

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
 * bucket) and `legacy-directory-marker` (one met although `filesystemPaths` is off).
 *
 * @see org.apache.hadoop.ozone.recon.tasks.NSSummaryTask
 * @public
 */
export class NSSummaryTask<const Store extends string = 'namespace'> implements ReconOmTask<NamespaceStore> {
  readonly taskName = 'NSSummaryTask';
  readonly version = 1;
  readonly store: Store;
  readonly sourceTables = ['bucketTable', 'directoryTable', 'fileTable', 'keyTable'];
  readonly dataOptions: { readonly filesystemPaths: boolean };

  constructor(options: NSSummaryTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store', 'filesystemPaths']);
    this.store = storeName(options.store, 'namespace');
    this.dataOptions = { filesystemPaths: options.filesystemPaths ?? false };
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<NamespaceStore>): Promise<undefined> {
    const sink = context.sink('namespaceSummaryTable', { ascending: true });
    const tree = new NamespaceTree();
    const buckets = new BucketIndex(tree);
    // One after the other: keys need the layout of their bucket, and of two rows with one object id always the same
    // one must be set aside, in whatever order the engine reads the tables.
    await snapshot.scan('bucketTable', buckets.visitor(context));
    await snapshot.scan('directoryTable', directoryVisitor(tree, context));
    const keys = new KeyTableVisitor(tree, buckets, context, this.dataOptions.filesystemPaths);
    await Promise.all([
      snapshot.scan('fileTable', fileVisitor(tree, context)),
      snapshot.scan('keyTable', keys),
    ]);
    const cyclic = addUpTotals(tree);
    if (cyclic.length > 0) await snapshot.scan('directoryTable', cycleVisitor(tree, cyclic, context));
    await writeNamespaceRows(tree, sink, new Pacing(context.signal));
    return undefined;
  }
}
