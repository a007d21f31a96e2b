import { LEGACY } from '../../ozone/protobuf/bucket-info.ts';
import { decodeNSSummary, encodeNSSummaryKey } from '../../recon/index.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import { OmRecords, type Bucket } from '../namespace/om-records.ts';
import { scanPrefix } from '../namespace/scan-prefix.ts';

/** Deeper than any path; only a circle of directories gets there. */
const DEEPEST = 4096;

/** A directory or bucket as one row tells of it: the rebuilt one, or else the Recon's. */
export interface NamedObject {
  readonly objectId: bigint;
  readonly dirName?: string;
  readonly parentId?: bigint;
}

interface Chain {
  /** From the top down. */
  readonly names: readonly string[];
  /** The last one whose parent is not known: a bucket, if it is one. */
  readonly topId: bigint;
}

export interface ObjectPath {
  readonly path: string;
  readonly bucketId: bigint;
}

/** Finds the paths of directories and buckets. All of one call share one scan of the buckets. */
export class ObjectPaths {
  readonly #rows: { get(key: Buffer): Promise<Uint8Array | undefined> };
  readonly #snapshot: SourceSnapshot;
  readonly #signal: AbortSignal;

  /** `rows`: the rebuilt `namespaceSummaryTable`. */
  constructor(
    rows: { get(key: Buffer): Promise<Uint8Array | undefined> },
    snapshot: SourceSnapshot,
    signal: AbortSignal,
  ) {
    this.#rows = rows;
    this.#snapshot = snapshot;
    this.#signal = signal;
  }

  /** By object id; what hangs below no bucket is left out. */
  async find(objects: readonly NamedObject[]): Promise<ReadonlyMap<bigint, ObjectPath>> {
    const chains = new Map<bigint, Chain>();
    for (const object of objects) chains.set(object.objectId, await this.#chainOf(object));
    const tops = new Set([...chains.values()].map(({ topId }) => topId));
    const buckets = await this.#buckets(tops);
    const paths = new Map<bigint, ObjectPath>();
    for (const [objectId, { names, topId }] of chains) {
      const bucket = buckets.get(topId);
      if (bucket !== undefined) paths.set(objectId, { path: pathOf(bucket, names), bucketId: topId });
    }
    return paths;
  }

  async #chainOf(object: NamedObject): Promise<Chain> {
    const names: string[] = [];
    let topId = object.objectId;
    let told: NamedObject | undefined = object;
    while (names.length < DEEPEST) {
      const { dirName, parentId } = (await this.#rebuilt(topId)) ?? told ?? {};
      if (parentId === undefined || parentId === 0n) break;
      names.unshift(dirName ?? '');
      topId = parentId;
      told = undefined;
    }
    return { names, topId };
  }

  async #rebuilt(objectId: bigint): Promise<Omit<NamedObject, 'objectId'> | undefined> {
    const row = await this.#rows.get(Buffer.from(encodeNSSummaryKey(objectId)));
    return row === undefined ? undefined : decodeNSSummary(row);
  }

  async #buckets(wanted: ReadonlySet<bigint>): Promise<ReadonlyMap<bigint, Bucket>> {
    const buckets = new Map<bigint, Bucket>();
    if (wanted.size === 0) return buckets;
    const records = new OmRecords();
    const visit = (_key: Uint8Array, value: Uint8Array): void => {
      const bucket = records.bucket(value.slice());
      if (bucket !== undefined && wanted.has(bucket.objectId)) buckets.set(bucket.objectId, bucket);
    };
    await scanPrefix(this.#snapshot, 'bucketTable', '/', visit, this.#signal);
    return buckets;
  }
}

/** A directory of a LEGACY bucket has its whole path in the bucket as its name. */
function pathOf({ volume, name, layout }: Bucket, names: readonly string[]): string {
  const below = layout === LEGACY ? names.slice(-1) : names;
  return ['', volume, name, ...below].join('/');
}
