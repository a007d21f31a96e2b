import { ProtoReader } from '../../ozone/protobuf/proto-reader.ts';
import { encodeContainerKeyCount } from '../../recon/index.ts';

/** Recon keeps two tables as protobuf messages that are SQL tables here; these are its bytes of them. */

const NAME = 1;
const BUCKET = 2;
const BOUND = 3;

export interface FileSizeCountKey {
  readonly volume: string;
  readonly bucket: string;
  /** Bytes. */
  readonly fileSizeUpperBound: bigint;
}

/** `FileSizeCountKeyProto`. */
export function encodeFileSizeCountKey({ volume, bucket, fileSizeUpperBound }: FileSizeCountKey): Buffer {
  return Buffer.concat([text(NAME, volume), text(BUCKET, bucket), number(BOUND, fileSizeUpperBound)]);
}

/** Throws `TypeError` when the bytes are none. */
export function decodeFileSizeCountKey(bytes: Uint8Array): FileSizeCountKey {
  const fields = readFields(bytes, 'a key of fileCountBySizeTable');
  const volume = fields.texts.get(NAME);
  const bucket = fields.texts.get(BUCKET);
  const fileSizeUpperBound = fields.numbers.get(BOUND);
  if (volume !== undefined && bucket !== undefined && fileSizeUpperBound !== undefined)
    return { volume, bucket, fileSizeUpperBound };
  throw new TypeError('Expected a key of fileCountBySizeTable to have volume, bucket and size');
}

/** The count in a value of `fileCountBySizeTable`: an int64. */
export const encodeFileCount = (count: bigint): Buffer => Buffer.from(encodeContainerKeyCount(count));

/** `GlobalStatsValueProto`. */
export function encodeGlobalStat(value: bigint): Buffer {
  return number(NAME, value);
}

/** Throws `TypeError` when the bytes are none. */
export function decodeGlobalStat(bytes: Uint8Array): bigint {
  return readFields(bytes, 'a value of globalStatsTable').numbers.get(NAME) ?? 0n;
}

function text(field: number, value: string): Buffer {
  const bytes = Buffer.from(value, 'utf8');
  return Buffer.concat([varint(BigInt(field * 8 + 2)), varint(BigInt(bytes.length)), bytes]);
}

function number(field: number, value: bigint): Buffer {
  return Buffer.concat([varint(BigInt(field * 8)), varint(BigInt.asUintN(64, value))]);
}

function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}

interface Fields {
  readonly texts: ReadonlyMap<number, string>;
  readonly numbers: ReadonlyMap<number, bigint>;
}

/** The texts and numbers of a message, by field. */
function readFields(bytes: Uint8Array, what: string): Fields {
  const wire = new ProtoReader();
  const texts = new Map<number, string>();
  const numbers = new Map<number, bigint>();
  let at = 0;
  while (at >= 0 && at < bytes.length) {
    at = wire.varint(bytes, at, bytes.length);
    if (at < 0) break;
    const tag = wire.low;
    if ((tag & 7) === 0) {
      at = wire.varint(bytes, at, bytes.length);
      numbers.set(tag >>> 3, (BigInt(wire.high) << 32n) | BigInt(wire.low >>> 0));
    } else if ((tag & 7) === 2) {
      const start = wire.delimited(bytes, at, bytes.length);
      at = wire.stop;
      if (start >= 0) texts.set(tag >>> 3, Buffer.from(bytes.subarray(start, at)).toString('utf8'));
    } else {
      at = wire.skip(bytes, at, bytes.length, tag);
    }
  }
  if (at < 0) throw new TypeError(`Expected ${what}, got ${bytes.length} bytes that are none`);
  return { texts, numbers };
}
