import { BucketInfo } from '../../ozone/protobuf/bucket-info.ts';
import { DirectoryInfo } from '../../ozone/protobuf/directory-info.ts';
import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { VolumeInfo } from '../../ozone/protobuf/volume-info.ts';

export interface Volume {
  readonly name: string;
  readonly objectId: bigint;
}

export interface Bucket {
  readonly volume: string;
  readonly name: string;
  readonly objectId: bigint;
  /** `LEGACY`, `FILE_SYSTEM_OPTIMIZED` or `OBJECT_STORE` of `bucket-info.ts`. */
  readonly layout: number;
}

export interface Key {
  readonly objectId: bigint;
  readonly size: bigint;
  readonly replicatedSize: bigint;
}

/** Decodes single records for people. A record that Ozone itself could not read is `undefined`, as if it were not there. */
export class OmRecords {
  readonly #volume = new VolumeInfo();
  readonly #bucket = new BucketInfo();
  readonly #directory = new DirectoryInfo();
  readonly #key = new KeyInfo();

  volume(bytes: Uint8Array): Volume | undefined {
    const info = this.#volume;
    if (!info.decode(bytes, 0, bytes.length)) return undefined;
    return { name: text(bytes, info.nameStart, info.nameEnd), objectId: objectId(info) };
  }

  bucket(bytes: Uint8Array): Bucket | undefined {
    const info = this.#bucket;
    if (!info.decode(bytes, 0, bytes.length)) return undefined;
    return {
      volume: text(bytes, info.volumeStart, info.volumeEnd),
      name: text(bytes, info.bucketStart, info.bucketEnd),
      objectId: objectId(info),
      layout: info.layout,
    };
  }

  /** The object id of a row of `directoryTable`. */
  directory(bytes: Uint8Array): bigint | undefined {
    const info = this.#directory;
    return info.decode(bytes, 0, bytes.length) ? objectId(info) : undefined;
  }

  key(bytes: Uint8Array): Key | undefined {
    const info = this.#key;
    if (!info.decode(bytes, 0, bytes.length)) return undefined;
    return { objectId: objectId(info), size: info.sizeBig, replicatedSize: info.replicatedBig };
  }
}

function objectId(info: { readonly objectHigh: number; readonly objectLow: number }): bigint {
  return (BigInt(info.objectHigh) << 32n) | BigInt(info.objectLow >>> 0);
}

function text(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8');
}
