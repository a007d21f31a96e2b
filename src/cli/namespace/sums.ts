import type { NSSummary } from '../../recon/index.ts';
import type { Entity } from './entity.ts';
import type { Namespace } from './namespace.ts';

export interface Sums {
  readonly files: number;
  readonly size: bigint;
  /** `undefined` where an old version of Recon did not write it. */
  readonly replicatedSize: bigint | undefined;
}

/** Object ids of the rows that an entity's sums come from; none for a key. */
export async function rootsOf(namespace: Namespace, entity: Entity): Promise<readonly bigint[]> {
  switch (entity.type) {
    case 'ROOT':
      return (await namespace.buckets()).map(({ objectId }) => objectId);
    case 'VOLUME':
      return (await namespace.buckets(entity.volume.name)).map(({ objectId }) => objectId);
    case 'BUCKET':
      return [entity.bucket.objectId];
    case 'DIRECTORY':
      return [entity.objectId];
    case 'KEY':
      return [];
  }
}

/** A bucket that never held a file has no row, and counts as empty. */
export function sumUp(rows: readonly (NSSummary | undefined)[]): Sums {
  let files = 0;
  let size = 0n;
  let replicatedSize: bigint | undefined = 0n;
  for (const row of rows) {
    if (row === undefined) continue;
    files += row.numOfFiles;
    size += row.sizeOfFiles;
    if (row.replicatedSizeOfFiles < 0n) replicatedSize = undefined;
    else if (replicatedSize !== undefined) replicatedSize += row.replicatedSizeOfFiles;
  }
  return { files, size, replicatedSize };
}
