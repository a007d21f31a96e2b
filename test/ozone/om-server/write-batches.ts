/** Reads what the server must know of a WriteBatch: its first and its last sequence. */
export function sequencesOf(batch: Uint8Array): { readonly first: bigint; readonly last: bigint } {
  const view = new DataView(batch.buffer, batch.byteOffset, batch.byteLength);
  const first = view.getBigUint64(0, true);
  return { first, last: first + BigInt(view.getUint32(8, true)) - 1n };
}

/** A WriteBatch of `count` puts into one family, of the sequences from `first` on. */
export function writeBatch(first: bigint, count = 1, family = 1): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(first, 0);
  header.writeUInt32LE(count, 8);
  const records = Array.from({ length: count }, (_, index) => {
    const key = Buffer.from(`k${String(first + BigInt(index))}`);
    return Buffer.concat([Buffer.from([0x05, family, key.length]), key, Buffer.from([1, 0x76])]);
  });
  return Uint8Array.from(Buffer.concat([header, ...records]));
}

/** Batches without a gap, of the given sizes, from `first` on. */
export function writeBatches(first: bigint, counts: readonly number[]): Uint8Array[] {
  let next = first;
  return counts.map((count) => {
    const batch = writeBatch(next, count);
    next += BigInt(count);
    return batch;
  });
}
