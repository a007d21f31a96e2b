import { visitDirectKeys } from './direct-keys.ts';
import type { Entity } from './entity.ts';
import type { Namespace } from './namespace.ts';
import { rootsOf, sumUp, type Sums } from './sums.ts';
import { TopPaths } from './top-paths.ts';

/** A volume, bucket, directory or key right below what was asked for. */
export interface SubPath {
  /** The whole path, without a slash at its end. */
  readonly path: string;
  readonly size: bigint;
  readonly replicatedSize: bigint | undefined;
  readonly isKey: boolean;
}

export interface UsageOptions {
  /** Whether keys are listed too. */
  readonly files: boolean;
  /** Largest first; else as they are kept: directories by object id, then keys by name. */
  readonly sorted: boolean;
  /** At most so many; all are counted. */
  readonly limit: number;
}

export interface Usage {
  readonly size: bigint;
  readonly replicatedSize: bigint | undefined;
  /** Of the keys that lie directly in a bucket or directory; `undefined` for others. */
  readonly directSize: bigint | undefined;
  readonly subPathCount: number;
  readonly subPaths: readonly SubPath[];
}

/** The sizes below an entity. */
export async function usageOf(namespace: Namespace, entity: Entity, options: UsageOptions): Promise<Usage> {
  if (entity.type === 'KEY') {
    const { size, replicatedSize } = entity.key;
    return { size, replicatedSize, directSize: undefined, subPathCount: 0, subPaths: [] };
  }
  const top = new TopPaths(options);
  const total = sumUp(await namespace.summaries(await rootsOf(namespace, entity)));
  let directSize: bigint | undefined;
  if (entity.type === 'ROOT') {
    const volumes = await namespace.volumes();
    for (const { name } of volumes) top.add(subPath(`/${name}`, await volumeSums(namespace, name)));
  } else if (entity.type === 'VOLUME') {
    const buckets = await namespace.buckets(entity.volume.name);
    const rows = await namespace.summaries(buckets.map(({ objectId }) => objectId));
    for (const [index, { volume, name }] of buckets.entries())
      top.add(subPath(`/${volume}/${name}`, sumUp([rows[index]])));
  } else {
    const below = await addDirectories(namespace, entity, top);
    directSize = total.size - below;
    if (options.files) {
      const parent = pathOf(entity);
      await visitDirectKeys(namespace, entity, ({ name, size, replicatedSize }) => {
        top.add({ path: `${parent}/${name}`, size, replicatedSize, isKey: true });
      });
    }
  }
  const { size, replicatedSize } = total;
  return { size, replicatedSize, directSize, subPathCount: top.count, subPaths: top.paths() };
}

/** The sum of what was added. */
async function addDirectories(
  namespace: Namespace,
  entity: Extract<Entity, { type: 'BUCKET' | 'DIRECTORY' }>,
  top: TopPaths,
): Promise<bigint> {
  const { bucket } = entity;
  const row = await namespace.summary(entity.type === 'BUCKET' ? bucket.objectId : entity.objectId);
  // A LEGACY directory's row has its whole path in the bucket, an FSO directory's its last name.
  const parent = namespace.treeOf(bucket) === 'legacy' ? `/${bucket.volume}/${bucket.name}` : pathOf(entity);
  let size = 0n;
  for (const child of await namespace.summaries(row?.childDir ?? [])) {
    if (child === undefined) continue;
    size += child.sizeOfFiles;
    top.add(subPath(`${parent}/${child.dirName}`, sumUp([child])));
  }
  return size;
}

async function volumeSums(namespace: Namespace, volume: string): Promise<Sums> {
  const buckets = await namespace.buckets(volume);
  return sumUp(await namespace.summaries(buckets.map(({ objectId }) => objectId)));
}

function pathOf(entity: Extract<Entity, { type: 'BUCKET' | 'DIRECTORY' }>): string {
  const bucket = `/${entity.bucket.volume}/${entity.bucket.name}`;
  return entity.type === 'BUCKET' ? bucket : `${bucket}/${entity.path}`;
}

function subPath(path: string, { size, replicatedSize }: Sums): SubPath {
  return { path, size, replicatedSize, isKey: false };
}
