import {
  bucketInfo,
  keyInfo,
  multipartKeyInfo,
  multipartPartInfo,
  partKeyInfo,
} from '../../ozone/protobuf/ozone-records.ts';
import { int, message } from '../../ozone/protobuf/proto-writer.ts';
import type { KeyShape, Replicated } from './key-shapes.ts';

export interface Bucket {
  readonly volume: string;
  readonly volumeId: bigint;
  readonly name: string;
  readonly id: bigint;
  /** `FSO`, `OBS` or `LEGACY`. */
  readonly layout: number;
  /** Changes with every key: the row is written again, and means the same. */
  readonly usedBytes: number;
}

export interface Directory {
  readonly bucket: Bucket;
  readonly parent: bigint;
  readonly name: string;
  readonly id: bigint;
}

/** A key, a file, or one that is still open. */
export interface Key extends KeyShape {
  readonly bucket: Bucket;
  /** Object id of the directory or bucket that a file lies in; `undefined` outside FSO buckets. */
  readonly parent: bigint | undefined;
  /** In FSO buckets the last component of the path. */
  readonly name: string;
  readonly id: bigint;
}

export interface Upload extends Replicated {
  readonly bucket: Bucket;
  readonly parent: bigint | undefined;
  readonly name: string;
  readonly uploadId: string;
  /** Whether its parts are rows of `multipartPartsTable`. */
  readonly isSplit: boolean;
  /** The embedded parts, by number. */
  readonly parts: ReadonlyMap<number, Key>;
}

/** A part of a split upload. */
export interface SplitPart {
  readonly uploadId: string;
  readonly number: number;
  readonly key: Key;
}

export function bucketKey({ volume, name }: Pick<Bucket, 'volume' | 'name'>): string {
  return `/${volume}/${name}`;
}

/** The key in `fileTable` or `directoryTable`. */
export function idPath(bucket: Bucket, parent: bigint, name: string): string {
  return `/${String(bucket.volumeId)}/${String(bucket.id)}/${String(parent)}/${name}`;
}

/** The key in `keyTable` of an OBS or LEGACY key; of a file, what `deletedTable` has in front of the object id. */
export function namePath(bucket: Bucket, name: string): string {
  return `${bucketKey(bucket)}/${name}`;
}

export function partKey({ uploadId, number }: Pick<SplitPart, 'uploadId' | 'number'>): string {
  const last = Buffer.alloc(4);
  last.writeInt32BE(number);
  return `${uploadId}/${last.toString('latin1')}`;
}

export function encodeBucket({ volume, name, id, layout, usedBytes }: Bucket): Uint8Array {
  return message(bucketInfo(volume, name, id, layout), int(14, usedBytes));
}

export function encodeKey({ bucket, parent, name, id, ...shape }: Key): Uint8Array {
  return keyInfo({
    volume: bucket.volume,
    bucket: bucket.name,
    name,
    objectId: id,
    ...(parent === undefined ? {} : { parentId: parent }),
    ...shape,
  });
}

export function encodeUpload({ uploadId, type, factor, ec, isSplit, parts }: Upload): Uint8Array {
  return multipartKeyInfo({
    uploadId,
    type,
    factor,
    ...(ec === undefined ? {} : { ec }),
    ...(isSplit ? { schemaVersion: 1 } : {}),
    parts: [...parts].map(([number, key]) => partKeyInfo(number, encodeKey(key))),
  });
}

export function encodePart({ number, key }: SplitPart): Uint8Array {
  return multipartPartInfo({ partNumber: number, size: key.size });
}
