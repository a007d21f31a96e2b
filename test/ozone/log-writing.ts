import { Crc32c, maskCrc } from '../../src/ozone/rocksdb/crc32c.ts';

const crc = new Crc32c();

/** One whole record of a log file: header and payload. */
export function logRecord(payload: Uint8Array, type = 1): Uint8Array {
  const record = Buffer.alloc(7 + payload.length);
  record.writeUInt16LE(payload.length, 4);
  record.writeUInt8(type, 6);
  record.set(payload, 7);
  record.writeUInt32LE(maskCrc(crc.of(record, 6, record.length)), 0);
  return record;
}

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return Uint8Array.from([...bytes, rest]);
    bytes.push((rest % 128) + 128);
  }
}

export function lengthPrefixed(bytes: Uint8Array | string): Uint8Array {
  const content = Buffer.from(bytes);
  return Buffer.concat([varint(content.length), content]);
}

/** A record of a MANIFEST: numbers become varints. */
export function versionEdit(...fields: readonly (number | Uint8Array | string)[]): Uint8Array {
  const parts = fields.map((field) => {
    if (typeof field === 'number') return varint(field);
    return typeof field === 'string' ? lengthPrefixed(field) : field;
  });
  return logRecord(Buffer.concat(parts));
}
