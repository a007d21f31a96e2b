import { lengthPrefixed, varint } from '../log-writing.ts';

/** A record of a write batch. Without a family it is of the default one, in the form that has no family in it. */
export type BatchRecord =
  | { readonly put: string | Uint8Array; readonly value: string | Uint8Array; readonly family?: number }
  | { readonly delete: string | Uint8Array; readonly family?: number }
  | { readonly singleDelete: string | Uint8Array; readonly family?: number }
  | { readonly deleteFrom: string | Uint8Array; readonly to: string | Uint8Array; readonly family?: number }
  | { readonly logData: string }
  | { readonly noop: true };

/** The bytes of a RocksDB write batch. */
export function writeBatch(sequence: bigint | number, records: readonly BatchRecord[]): Uint8Array {
  const counted = records.filter((record) => !('logData' in record || 'noop' in record)).length;
  return rawBatch(sequence, counted, ...records.map(recordBytes));
}

/** The same of parts that may be wrong. */
export function rawBatch(
  sequence: bigint | number,
  count: number,
  ...parts: readonly Uint8Array[]
): Uint8Array {
  const header = Buffer.alloc(12);
  header.writeBigUInt64LE(BigInt(sequence), 0);
  header.writeUInt32LE(count, 8);
  return Buffer.concat([header, ...parts]);
}

export function recordBytes(record: BatchRecord): Uint8Array {
  if ('logData' in record) return Buffer.concat([Uint8Array.of(0x03), lengthPrefixed(record.logData)]);
  if ('noop' in record) return Uint8Array.of(0x0d);
  const tagged = (own: number, ofFamily: number, ...fields: readonly (string | Uint8Array)[]): Uint8Array => {
    const { family } = record;
    const tag = family === undefined ? [own] : [ofFamily, ...varint(family)];
    return Buffer.concat([Uint8Array.from(tag), ...fields.map((field) => lengthPrefixed(field))]);
  };
  if ('put' in record) return tagged(0x01, 0x05, record.put, record.value);
  if ('delete' in record) return tagged(0x00, 0x04, record.delete);
  if ('singleDelete' in record) return tagged(0x07, 0x08, record.singleDelete);
  return tagged(0x0f, 0x0e, record.deleteFrom, record.to);
}
