import type { Entity } from './entity.ts';
import type { Namespace } from './namespace.ts';
import { scanPrefix } from './scan-prefix.ts';

/** A key right below a bucket or directory. */
export interface DirectKey {
  /** Name below the bucket or directory; in a flat bucket the whole name of the key. */
  readonly name: string;
  readonly size: bigint;
  readonly replicatedSize: bigint;
}

/** Visits the keys that lie directly in a bucket or directory, in key order; markers of directories are none. */
export async function visitDirectKeys(
  namespace: Namespace,
  entity: Extract<Entity, { type: 'BUCKET' | 'DIRECTORY' }>,
  visit: (key: DirectKey) => void,
): Promise<void> {
  const { bucket } = entity;
  const tree = namespace.treeOf(bucket);
  const { table, prefix } =
    tree === 'fso'
      ? { table: 'fileTable', prefix: await namespace.fsoPrefix(bucket, parentId(entity)) }
      : { table: 'keyTable', prefix: keyPrefix(entity) };
  const prefixLength = Buffer.byteLength(prefix, 'utf8');
  await scanPrefix(
    namespace.snapshot,
    table,
    prefix,
    (rowKey, value) => {
      const name = Buffer.from(rowKey.subarray(prefixLength)).toString('utf8');
      if (name === '' || (tree === 'legacy' && name.includes('/'))) return;
      const key = namespace.records.key(value.slice());
      if (key !== undefined) visit({ name, size: key.size, replicatedSize: key.replicatedSize });
    },
    namespace.signal,
  );
}

function parentId(entity: Extract<Entity, { type: 'BUCKET' | 'DIRECTORY' }>): bigint {
  return entity.type === 'BUCKET' ? entity.bucket.objectId : entity.objectId;
}

function keyPrefix(entity: Extract<Entity, { type: 'BUCKET' | 'DIRECTORY' }>): string {
  const bucket = `/${entity.bucket.volume}/${entity.bucket.name}/`;
  return entity.type === 'BUCKET' ? bucket : `${bucket}${entity.path}/`;
}
