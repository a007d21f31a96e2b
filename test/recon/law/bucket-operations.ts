import type { SeededRandom } from '../../../src/testing/index.ts';
import { FSO, LEGACY, OBS } from '../../ozone/protobuf/ozone-records.ts';
import type { OmModel } from './om-model.ts';
import { bucketKey, type Bucket } from './om-records.ts';
import type { OmOperation } from './operation.ts';

const VOLUMES = ['v', 'w'];
const BUCKETS = ['b', 'b1', 'c'];
const LAYOUTS = [FSO, OBS, LEGACY];
/** A bucket is deleted with what is in it once in so many times: no client can, but keys were left behind in clusters. */
const LEFT_BEHIND = 6;

const createBucket: OmOperation = (om, random) => {
  const volume = random.pick(VOLUMES);
  const name = random.pick(BUCKETS);
  if (om.buckets.has(bucketKey({ volume, name }))) return undefined;
  return makeBucket(om, { volume, name, layout: random.pick(LAYOUTS) });
};

/** Every history begins with a bucket of each layout. */
export function firstBuckets(om: OmModel): void {
  for (const [index, layout] of LAYOUTS.entries()) {
    makeBucket(om, { volume: 'v', name: BUCKETS[index] ?? '', layout });
  }
}

function makeBucket(om: OmModel, given: Pick<Bucket, 'volume' | 'name' | 'layout'>): string {
  const { volume, layout } = given;
  const volumes = om.countedTable('volumeTable');
  if (!volumes.has(`/${volume}`)) volumes.set(`/${volume}`, 'volume');
  const bucket = { ...given, volumeId: volume === 'v' ? -1n : -2n, id: om.newId(), usedBytes: 0 };
  om.buckets.set(bucketKey(bucket), bucket);
  return `create bucket ${bucketKey(bucket)}, layout ${String(layout)}`;
}

const setQuota: OmOperation = (om, random) => {
  const [, bucket] = om.buckets.pick(random) ?? [];
  if (bucket === undefined) return undefined;
  om.useBucket(bucket);
  return `change a property of bucket ${bucketKey(bucket)}`;
};

const emptyBucket: OmOperation = (om, random) => {
  const [, bucket] = om.buckets.pick(random) ?? [];
  if (bucket === undefined) return undefined;
  empty(om, bucket);
  return `empty bucket ${bucketKey(bucket)}`;
};

const deleteBucket: OmOperation = (om, random) => {
  const isForced = random.below(LEFT_BEHIND) === 0;
  const [key] = om.buckets.pick(random, (bucket) => isForced || isEmpty(om, bucket)) ?? [];
  if (key === undefined) return undefined;
  om.buckets.delete(key);
  return `delete bucket ${key}${isForced ? ', whatever is in it' : ''}`;
};

const recreateBucket: OmOperation = (om, random) => {
  const [key, bucket] = om.buckets.pick(random) ?? [];
  if (key === undefined || bucket === undefined) return undefined;
  if (random.below(LEFT_BEHIND) > 0) empty(om, bucket);
  om.buckets.delete(key);
  const next = { ...bucket, id: om.newId(), layout: random.pick(LAYOUTS), usedBytes: 0 };
  om.buckets.set(key, next);
  return `delete bucket ${key} and create it again, layout ${String(next.layout)}`;
};

/** Deletes what is in a bucket, in any order; whole directories of FSO buckets at once. */
function empty(om: OmModel, { id, volume, name }: Bucket): void {
  const table = [om.files, om.keys];
  const isTop = (parent: bigint | undefined): boolean => parent === undefined || parent === id;
  for (const keys of table) {
    for (const [path, key] of keys.entries(
      ({ bucket, parent }) => bucket.volume === volume && bucket.name === name && isTop(parent),
    )) {
      om.deleteKey(path, key);
    }
  }
  for (const [path, directory] of om.directories.entries(({ parent }) => parent === id)) {
    om.deleteDirectory(path, directory);
  }
}

function isEmpty(om: OmModel, { id, volume, name }: Bucket): boolean {
  const isInside = ({ bucket }: { readonly bucket: Bucket }): boolean =>
    bucket.id === id || (bucket.volume === volume && bucket.name === name);
  return ![...om.files.values(), ...om.keys.values(), ...om.directories.values()].some(isInside);
}

/** A bucket of one of these layouts. */
export function anyBucket(
  om: OmModel,
  random: SeededRandom,
  layouts: readonly number[] = LAYOUTS,
): Bucket | undefined {
  return om.buckets.pick(random, ({ layout }) => layouts.includes(layout))?.[1];
}

export const bucketOperations = { createBucket, setQuota, emptyBucket, deleteBucket, recreateBucket };
