import { AclCheck } from './acl-check.ts';
import { MessageCheck } from './message-check.ts';
import { BUCKET_ENCRYPTION, DEFAULT_REPLICATION, KEY_VALUE } from './ozone-messages.ts';
import { RecordDecoder, RequiredFields } from './record-decoder.ts';

/** Values of the enum `BucketLayoutProto`. A bucket without a layout is LEGACY. */
export const LEGACY = 1;
export const FILE_SYSTEM_OPTIMIZED = 2;
export const OBJECT_STORE = 3;

/** Of the storage types Java knows the first four; it refuses PROVIDED. */
const STORAGE_TYPES = 4;

const REQUIRED = new RequiredFields({ volumeName: 1, bucketName: 2, isVersionEnabled: 4, storageType: 5 });

/**
 * A `BucketInfo` decoded in place: one object, filled again for each row.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmBucketInfo
 */
export class BucketInfo extends RecordDecoder {
  volumeStart = 0;
  volumeEnd = 0;
  bucketStart = 0;
  bucketEnd = 0;
  objectHigh = 0;
  objectLow = 0;
  layout = LEGACY;
  readonly #keyValue = new MessageCheck(KEY_VALUE);
  readonly #acl = new AclCheck();
  readonly #encryption = new MessageCheck(BUCKET_ENCRYPTION);
  readonly #replication = new MessageCheck(DEFAULT_REPLICATION);

  /** Decodes `bytes[start .. end)`; `false` when that is no good record, and `reason` says why. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.beginRecord();
    this.objectHigh = 0;
    this.objectLow = 0;
    this.layout = LEGACY;
    this.#encryption.begin();
    this.#replication.begin();
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
    }
    if (at !== end || !this.hasAll(REQUIRED)) return false;
    return this.whole(this.#encryption) && this.whole(this.#replication) && this.updateIdGood();
  }

  #field(bytes: Uint8Array, start: number, end: number, tag: number): number {
    let at = start;
    switch (tag) {
      case 10:
        this.volumeStart = this.wire.delimited(bytes, at, end);
        this.volumeEnd = this.wire.stop;
        this.seen |= 1 << 1;
        return this.wire.stop;
      case 18:
        this.bucketStart = this.wire.delimited(bytes, at, end);
        this.bucketEnd = this.wire.stop;
        this.seen |= 1 << 2;
        return this.wire.stop;
      case 32:
        this.seen |= 1 << 4;
        return this.wire.varint(bytes, at, end);
      case 40:
        at = this.wire.varint(bytes, at, end);
        if (this.wire.low >= 1 && this.wire.low <= STORAGE_TYPES) this.seen |= 1 << 5;
        return at;
      case 72:
        at = this.wire.varint(bytes, at, end);
        this.objectHigh = this.wire.high;
        this.objectLow = this.wire.low;
        return at;
      case 80:
        return this.updateId(bytes, at, end);
      case 144:
        at = this.wire.varint(bytes, at, end);
        if (this.wire.low >= LEGACY && this.wire.low <= OBJECT_STORE) this.layout = this.wire.low;
        return at;
      case 26:
      case 58:
      case 66:
      case 162:
      case 186:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.#message(bytes, at, this.wire.stop, tag);
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }

  #message(bytes: Uint8Array, start: number, end: number, tag: number): number {
    switch (tag) {
      case 26:
        return this.element(this.#acl, bytes, start, end);
      case 66:
        return this.merged(this.#encryption, bytes, start, end);
      case 162:
        return this.merged(this.#replication, bytes, start, end);
      default:
        return this.element(this.#keyValue, bytes, start, end);
    }
  }
}
