import { BucketInfo } from '../../ozone/protobuf/bucket-info.ts';
import type { ScanVisitor } from '../../source/source.ts';
import type { Sink, TaskContext } from '../../task/context.ts';
import { quarantineRow } from '../bad-record.ts';
import { BUCKET_CLAIM, type ClaimWriter } from './claims.ts';
import type { NamespaceTree } from './namespace-tree.ts';
import { BUCKET_TAKEN } from './reasons.ts';
import { RowBuilder } from './row-builder.ts';

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

  /** Reads `bucketTable`; those that count go into `sink`. */
  visitor(claims: ClaimWriter, sink: Sink, context: Pick<TaskContext, 'quarantine'>): ScanVisitor {
    const info = new BucketInfo();
    const row = new RowBuilder();
    return {
      rows: (batch) => {
        for (let index = 0; index < batch.length; index++) {
          const start = batch.valueStarts[index] ?? 0;
          if (!info.decode(batch.values, start, batch.valueEnds[index] ?? 0)) {
            quarantineRow(context, 'bucketTable', batch, index, info.reason);
            continue;
          }
          const { objectHigh: high, objectLow: low, layout } = info;
          const keyStart = batch.keyStarts[index] ?? 0;
          const keyEnd = batch.keyEnds[index] ?? 0;
          claims.key(high, low, BUCKET_CLAIM, batch.keys, keyStart, keyEnd).uint8(layout);
          claims.put();
          if (!this.#tree.addBucket(high, low)) {
            quarantineRow(context, 'bucketTable', batch, index, BUCKET_TAKEN);
            continue;
          }
          const key = batch.key(index);
          this.#buckets.set(`${asMapKey(key)}/`, { node: this.#tree.node(high, low), layout });
          row.clear().int64(high, low).uint8(layout);
          void sink.putBytes(key, key.length, row.bytes, row.length);
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
