import { BucketInfo, LEGACY } from '../../../ozone/protobuf/bucket-info.ts';
import { keyName } from '../../../store/table-changes.ts';
import type { TransactionBytes } from '../../../store/transaction-table.ts';
import { viewOf } from '../../encodings/big-endian.ts';
import type { NetChange } from '../../net-changes.ts';
import { BUCKET_CLAIM, rankOf, rowKeyOf, type Claim } from '../claims.ts';
import { RowBuilder } from '../row-builder.ts';
import type { ClaimChanges, Claimed } from './claim-changes.ts';
import type { DeltaParts } from './delta-parts.ts';
import type { SummaryNode } from './summary-node.ts';
import type { SummaryTree } from './summary-tree.ts';

export interface Bucket {
  readonly node: SummaryNode;
  readonly layout: number;
}

/** A bucket that counts, before and after a delta. */
export interface BucketChange {
  /** Its key in `bucketTable`. */
  readonly key: Uint8Array;
  readonly before: Bucket | undefined;
  readonly after: Bucket | undefined;
}

/** What a delta does to the buckets that count, and the others that it needs. */
export class BucketChanges {
  readonly #table: TransactionBytes;
  readonly #tree: SummaryTree;
  readonly #buckets = new Map<string, BucketChange>();
  /** Of those that came, went or became others: what they are now. */
  readonly #changed = new Map<string, { readonly key: Uint8Array; readonly bucket: Bucket | undefined }>();

  constructor(table: TransactionBytes, tree: SummaryTree) {
    this.#table = table;
    this.#tree = tree;
  }

  /** Takes the changes of `bucketTable`. */
  async take(changes: readonly NetChange[], { claims, context, tree }: DeltaParts): Promise<void> {
    const info = new BucketInfo();
    const claimed = (value: Uint8Array | undefined): Claimed | undefined =>
      value !== undefined && info.decode(value, 0, value.length)
        ? { node: tree.node(info.objectHigh, info.objectLow), value: Uint8Array.of(info.layout) }
        : undefined;
    for (const { key, before, after } of changes) {
      const next = claimed(after);
      if (after !== undefined && next === undefined) {
        context.quarantine({ table: 'bucketTable', key, reason: info.reason });
      }
      claims.move(BUCKET_CLAIM, key, claimed(before), next);
    }
    await this.#decide(claims);
  }

  /** Reads the buckets with these keys. */
  async load(keys: Iterable<Uint8Array>): Promise<void> {
    const wanted = [...keys].filter((key) => !this.#buckets.has(keyName(key)));
    if (wanted.length === 0) return;
    const rows = await this.#table.getMany(wanted);
    for (const [index, key] of wanted.entries()) {
      const row = rows[index];
      const before = row === undefined ? undefined : this.#read(row);
      const changed = this.#changed.get(keyName(key));
      this.#buckets.set(keyName(key), {
        key,
        before,
        after: changed === undefined ? before : changed.bucket,
      });
    }
  }

  /** One that `load` has read. */
  get(key: Uint8Array): BucketChange {
    return this.#buckets.get(keyName(key)) ?? { key, before: undefined, after: undefined };
  }

  /** Buckets that are something else than before: their keys are booked elsewhere. */
  flipped(): BucketChange[] {
    return [...this.#buckets.values()].filter(isFlipped);
  }

  write(): void {
    for (const { key, bucket } of this.#changed.values()) {
      if (bucket === undefined) this.#table.del(key);
      else {
        const { node, layout } = bucket;
        this.#table.put(key, new RowBuilder().int64(node.high, node.low).uint8(layout).copy());
      }
    }
  }

  async #decide(claims: ClaimChanges): Promise<void> {
    const contests = await claims.contests(claims.nodes);
    // First all that go: a bucket may lose one id and win another.
    for (const { before } of contests.values()) {
      const key = bucketKey(before);
      if (key !== undefined) this.#changed.set(keyName(key), { key, bucket: undefined });
    }
    for (const [node, { after }] of contests) {
      const key = bucketKey(after);
      const bucket = { node, layout: after?.value[0] ?? LEGACY };
      if (key !== undefined) this.#changed.set(keyName(key), { key, bucket });
    }
    await this.load([...this.#changed.values()].map(({ key }) => key));
  }

  #read(row: Uint8Array): Bucket {
    const view = viewOf(row);
    return { node: this.#tree.node(view.getInt32(0), view.getInt32(4)), layout: view.getUint8(8) };
  }
}

export function isFlipped({ before, after }: BucketChange): boolean {
  return before?.node !== after?.node || before?.layout !== after?.layout;
}

function bucketKey(claim: Claim | undefined): Uint8Array | undefined {
  return claim !== undefined && rankOf(claim) === BUCKET_CLAIM ? rowKeyOf(claim) : undefined;
}
