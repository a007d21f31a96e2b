import { BucketInfo } from '../../ozone/protobuf/bucket-info.ts';
import type { ScanVisitor } from '../../source/source.ts';
import type { TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import type { NamespaceTree } from './namespace-tree.ts';

export interface Bucket {
  readonly node: number;
  /** `LEGACY`, `FILE_SYSTEM_OPTIMIZED` or `OBJECT_STORE`. */
  readonly layout: number;
}

/** The buckets by the start of their keys in `keyTable`, `/volume/bucket/`. */
export class BucketIndex {
  readonly #tree: NamespaceTree;
  readonly #buckets = new Map<string, Bucket>();

  constructor(tree: NamespaceTree) {
    this.#tree = tree;
  }

  /** Reads `bucketTable`. */
  visitor(context: Pick<TaskContext, 'quarantine'>): ScanVisitor {
    const info = new BucketInfo();
    return {
      rows: (batch) => {
        for (let index = 0; index < batch.length; index++) {
          const start = batch.valueStarts[index] ?? 0;
          if (!info.decode(batch.values, start, batch.valueEnds[index] ?? 0)) {
            quarantineRow(context, 'bucketTable', batch, index, info.reason);
          } else if (!this.#tree.addBucket(info.objectHigh, info.objectLow)) {
            quarantineRow(context, 'bucketTable', batch, index, 'Another bucket has the same object id');
          } else {
            const node = this.#tree.node(info.objectHigh, info.objectLow);
            this.#buckets.set(`${asMapKey(batch.key(index))}/`, { node, layout: info.layout });
          }
        }
      },
    };
  }

  /** The bucket whose keys start with these bytes, the last of which is `/`. */
  get(prefix: Uint8Array): Bucket | undefined {
    return this.#buckets.get(asMapKey(prefix));
  }
}

/** One character a byte: unlike UTF-8, this keeps different bytes different. */
function asMapKey(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}
