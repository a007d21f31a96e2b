import { AclCheck } from './acl-check.ts';
import { MessageCheck } from './message-check.ts';
import { KEY_VALUE } from './ozone-messages.ts';
import { RecordDecoder, RequiredFields } from './record-decoder.ts';

const REQUIRED = new RequiredFields({
  name: 1,
  creationTime: 2,
  modificationTime: 3,
  objectID: 6,
  updateID: 7,
  parentID: 8,
});

/**
 * A `DirectoryInfo` decoded in place: one object, filled again for each row.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmDirectoryInfo
 */
export class DirectoryInfo extends RecordDecoder {
  nameStart = 0;
  nameEnd = 0;
  objectHigh = 0;
  objectLow = 0;
  parentHigh = 0;
  parentLow = 0;
  readonly #keyValue = new MessageCheck(KEY_VALUE);
  readonly #acl = new AclCheck();

  /** Decodes `bytes[start .. end)`; `false` when that is no good record, and `reason` says why. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.beginRecord();
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
    }
    return at === end && this.hasAll(REQUIRED) && this.updateIdGood();
  }

  #field(bytes: Uint8Array, start: number, end: number, tag: number): number {
    let at = start;
    switch (tag) {
      case 10:
        this.nameStart = this.wire.delimited(bytes, at, end);
        this.nameEnd = this.wire.stop;
        this.seen |= 1 << 1;
        return this.wire.stop;
      case 16:
      case 24:
        this.seen |= 1 << (tag >>> 3);
        return this.wire.varint(bytes, at, end);
      case 34:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.element(this.#keyValue, bytes, at, this.wire.stop);
      case 42:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.element(this.#acl, bytes, at, this.wire.stop);
      case 48:
        at = this.wire.varint(bytes, at, end);
        this.objectHigh = this.wire.high;
        this.objectLow = this.wire.low;
        this.seen |= 1 << 6;
        return at;
      case 56:
        this.seen |= 1 << 7;
        return this.updateId(bytes, at, end);
      case 64:
        at = this.wire.varint(bytes, at, end);
        this.parentHigh = this.wire.high;
        this.parentLow = this.wire.low;
        this.seen |= 1 << 8;
        return at;
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }
}
