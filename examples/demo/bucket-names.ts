import type { SourceSnapshot } from 'staged-reprocessor';

const OBJECT_ID_TAG = 72;

/** Object id → `/volume/bucket`. Recon's own tables name directories, not buckets: those the Ozone Manager names. */
export async function bucketNames(snapshot: SourceSnapshot): Promise<ReadonlyMap<bigint, string>> {
  const names = new Map<bigint, string>();
  await snapshot.scan('bucketTable', {
    rows(batch) {
      for (let index = 0; index < batch.length; index++) {
        const id = objectId(batch.value(index));
        if (id !== undefined) names.set(id, Buffer.from(batch.key(index)).toString());
      }
    },
  });
  return names;
}

/** Field 9 of a `BucketInfo`: walks the protobuf message over the fields before it. */
function objectId(bytes: Uint8Array): bigint | undefined {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes[at++] ?? 0;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return BigInt.asIntN(64, value);
    }
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    if (tag === OBJECT_ID_TAG) return varint();
    if ((tag & 7) === 0) varint();
    else if ((tag & 7) === 2) {
      const length = Number(varint());
      at += length;
    } else return undefined;
  }
  return undefined;
}
