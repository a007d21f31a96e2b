import {
  EC,
  keyInfo,
  multipartKeyInfo,
  multipartPartInfo,
  partKeyInfo,
  RATIS,
  STAND_ALONE,
} from '../../ozone/protobuf/ozone-records.ts';

const CHUNK = 1 << 20;

/** Key of a part in `multipartPartsTable`. */
export function partKey(uploadId: string, partNumber: number): Uint8Array {
  const number = Buffer.alloc(4);
  number.writeInt32BE(partNumber);
  return Buffer.concat([Buffer.from(`${uploadId}/`), number]);
}

export const part = (size: number | bigint): Uint8Array => multipartPartInfo({ size });

/** Uploads whose parts lie in `multipartPartsTable`, by how they are replicated. */
export const split = {
  three: multipartKeyInfo({ schemaVersion: 1, type: RATIS, factor: 3 }),
  one: multipartKeyInfo({ schemaVersion: 1, type: RATIS, factor: 1 }),
  alone: multipartKeyInfo({ schemaVersion: 1, type: STAND_ALONE, factor: 3 }),
  ec: multipartKeyInfo({ schemaVersion: 1, type: EC, ec: { data: 3, parity: 2, chunk: CHUNK } }),
};

/** An upload that holds parts of these sizes itself. */
export function legacy(...sizes: readonly number[]): Uint8Array {
  const parts = sizes.map((size, index) => partKeyInfo(index + 1, keyInfo({ size })));
  return multipartKeyInfo({ parts });
}

/** Replicated size of a part of an upload as `split.ec` is. */
export function ecSize(size: bigint): bigint {
  const chunk = BigInt(CHUNK);
  const rest = size % (3n * chunk);
  return size + (size / (3n * chunk)) * 2n * chunk + (rest < chunk ? rest : chunk) * 2n;
}
