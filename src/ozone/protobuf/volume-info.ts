import { AclCheck } from './acl-check.ts';
import { MessageCheck } from './message-check.ts';
import { KEY_VALUE } from './ozone-messages.ts';
import { RecordDecoder, RequiredFields } from './record-decoder.ts';

const REQUIRED = new RequiredFields({ adminName: 1, ownerName: 2, volume: 3 });

/**
 * A `VolumeInfo` decoded in place: one object, filled again for each row.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmVolumeArgs
 */
export class VolumeInfo extends RecordDecoder {
  nameStart = 0;
  nameEnd = 0;
  objectHigh = 0;
  objectLow = 0;
  readonly #keyValue = new MessageCheck(KEY_VALUE);
  readonly #acl = new AclCheck();

  /** Decodes `bytes[start .. end)`; `false` when that is no good record, and `reason` says why. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.beginRecord();
    this.objectHigh = 0;
    this.objectLow = 0;
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
      case 18:
        this.wire.delimited(bytes, at, end);
        this.seen |= 1 << (tag >>> 3);
        return this.wire.stop;
      case 26:
        this.nameStart = this.wire.delimited(bytes, at, end);
        this.nameEnd = this.wire.stop;
        this.seen |= 1 << 3;
        return this.wire.stop;
      case 42:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.element(this.#keyValue, bytes, at, this.wire.stop);
      case 50:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.element(this.#acl, bytes, at, this.wire.stop);
      case 64:
        at = this.wire.varint(bytes, at, end);
        this.objectHigh = this.wire.high;
        this.objectLow = this.wire.low;
        return at;
      case 72:
        return this.updateId(bytes, at, end);
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }
}
