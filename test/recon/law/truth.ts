import type { Derived } from '../../../src/testing/task/rebuild-rows.ts';
import { FSO } from '../../ozone/protobuf/ozone-records.ts';
import { expectedOf, type Entry } from '../namespace-oracle.ts';
import { bucketKey, type Bucket, type Key } from './om-records.ts';
import type { OmModel } from './om-model.ts';
import type { Plan } from './om-history.ts';

const NO_EC = { data: 1, parity: 0, chunk: 1 };

/** Holds the rows against a truth that shares nothing with the tasks: computed from the model's objects, in the most obvious way. */
export function checkTruth({ filesystemPaths }: Plan, om: OmModel, derived: Derived): void {
  // Where no bucket stands (any more) a key has none, whatever bucket it was written in.
  const { summaries } = expectedOf({
    filesystemPaths,
    buckets: om.buckets
      .values()
      .map((bucket) => ({ name: bucketKey(bucket), id: bucket.id, layout: bucket.layout })),
    directories: om.directories.values(),
    files: om.files.values().map((file) => ({ ...entryOf(file), parent: file.parent ?? 0n })),
    keys: om.keys
      .values()
      .filter(({ bucket }) => isForKeys(om.buckets.get(bucketKey(bucket))))
      .map((key) => ({ ...entryOf(key), bucket: bucketKey(key.bucket), id: key.id })),
  });
  const rows = derived.get('namespace')?.all('namespaceSummaryTable') ?? [];
  const held = new Map(rows.map(({ key, value }) => [hex(key), hex(value)]));
  for (const id of new Set([...summaries.keys(), ...held.keys()])) {
    if (summaries.get(id) === held.get(id)) continue;
    throw new Error(
      `not the truth: row ${id}\n  is   ${String(held.get(id))}\n  must ${String(summaries.get(id))}`,
    );
  }
}

/** Keys that were left behind when their bucket went, or became one that keeps files, count nowhere. */
function isForKeys(bucket: Bucket | undefined): boolean {
  return bucket !== undefined && bucket.layout !== FSO;
}

function entryOf({ name, size, type, factor, ec, groups }: Key): Entry {
  return {
    name,
    size,
    type,
    factor,
    ec: ec ?? NO_EC,
    containers: groups.flatMap(({ containers }) => containers).map(Number),
  };
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
