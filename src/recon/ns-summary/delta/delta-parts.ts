import { FILE_SYSTEM_OPTIMIZED, LEGACY } from '../../../ozone/protobuf/bucket-info.ts';
import type { DeltaContext } from '../../../task/delta-context.ts';
import type { NamespaceStore } from '../../recon-tables.ts';
import type { Bucket, BucketChanges } from './bucket-changes.ts';
import type { ClaimChanges } from './claim-changes.ts';
import type { SummaryTree } from './summary-tree.ts';

/** What the steps of one delta share. */
export interface DeltaParts {
  readonly context: Pick<DeltaContext<NamespaceStore>, 'quarantine' | 'finding'>;
  readonly filesystemPaths: boolean;
  readonly tree: SummaryTree;
  readonly claims: ClaimChanges;
  readonly buckets: BucketChanges;
}

/** Whether it keeps its keys in `keyTable`. */
export function hasKeys({ layout }: Bucket): boolean {
  return layout !== FILE_SYSTEM_OPTIMIZED;
}

/** Whether markers make directories in it. */
export function hasDirectories(bucket: Bucket | undefined, filesystemPaths: boolean): boolean {
  return filesystemPaths && bucket?.layout === LEGACY;
}
