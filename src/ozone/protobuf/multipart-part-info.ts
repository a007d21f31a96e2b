import { BlockList } from './block-list.ts';
import { EncryptionCheck } from './encryption-check.ts';
import { KeyLocations } from './key-locations.ts';
import { MessageCheck } from './message-check.ts';
import { FILE_CHECKSUM } from './ozone-messages.ts';
import { RecordDecoder, RequiredFields } from './record-decoder.ts';

/** Optional on the wire; the codec asks for them all the same. */
const REQUIRED = new RequiredFields({ partName: 1, partNumber: 2, eTag: 3, keyLocationList: 4 });

/** Below this size sums of doubles stay exact. */
const WIDE_SIZE_HIGH = 256;

/**
 * A `MultipartPartInfo`: one part of an upload of schema 1.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmMultipartPartInfo
 */
export class MultipartPartInfo extends RecordDecoder {
  sizeHigh = 0;
  sizeLow = 0;
  partNumber = 0;
  readonly blocks = new BlockList();
  readonly #locations = new KeyLocations();
  readonly #encryption = new EncryptionCheck();
  readonly #checksum = new MessageCheck(FILE_CHECKSUM);

  /** Whether the size is so large that only `sizeBig` is sure to be exact in sums. */
  get wide(): boolean {
    return this.sizeHigh >= WIDE_SIZE_HIGH;
  }

  get size(): number {
    return this.sizeHigh * 4294967296 + (this.sizeLow >>> 0);
  }

  get sizeBig(): bigint {
    return (BigInt(this.sizeHigh) << 32n) | BigInt(this.sizeLow >>> 0);
  }

  /** Decodes `bytes[start .. end)`; `false` when that is no good record, and `reason` says why. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.seen = 0;
    this.sizeHigh = 0;
    this.sizeLow = 0;
    this.partNumber = 0;
    this.blocks.clear();
    this.#locations.begin();
    this.#encryption.begin();
    this.#checksum.begin();
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
    }
    return at === end && this.#valid();
  }

  #field(bytes: Uint8Array, start: number, end: number, tag: number): number {
    let at = start;
    switch (tag) {
      case 10:
      case 26:
        at = this.wire.delimited(bytes, at, end);
        if (at < 0) return -1;
        this.#text(tag >>> 3, bytes, at, this.wire.stop);
        return this.wire.stop;
      case 16:
        at = this.wire.varint(bytes, at, end);
        this.partNumber = this.wire.low;
        this.seen |= 1 << 2;
        return at;
      case 34:
        at = this.wire.delimited(bytes, at, end);
        if (at < 0) return -1;
        this.seen |= 1 << 4;
        return this.#locations.merge(bytes, at, this.wire.stop, this.blocks)
          ? this.wire.stop
          : this.fail(this.#locations.reason);
      case 40:
        at = this.wire.varint(bytes, at, end);
        this.sizeHigh = this.wire.high;
        this.sizeLow = this.wire.low;
        return at;
      case 74:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.merged(this.#encryption, bytes, at, this.wire.stop);
      case 82:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.merged(this.#checksum, bytes, at, this.wire.stop);
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }

  /** Of a name that comes twice the last one counts. */
  #text(field: number, bytes: Uint8Array, start: number, end: number): void {
    if (isBlank(bytes, start, end)) this.seen &= ~(1 << field);
    else this.seen |= 1 << field;
  }

  #valid(): boolean {
    if (!this.hasAll(REQUIRED)) {
      this.reason = this.reason.replace('missing', 'missing or blank');
      return false;
    }
    if (this.partNumber <= 0) {
      this.reason = 'The part number is not positive';
      return false;
    }
    if (this.sizeHigh < 0) {
      this.reason = 'The data size is negative';
      return false;
    }
    if (!this.#locations.complete(this.blocks, 0)) {
      this.reason = this.#locations.reason;
      return false;
    }
    if (!this.whole(this.#encryption) || !this.whole(this.#checksum)) return false;
    if (this.#encryption.usable()) return true;
    this.reason = this.#encryption.reason;
    return false;
  }
}

/** Java's `StringUtils.isBlank`: nothing but `Character.isWhitespace`, to which no-break spaces do not belong. */
function isBlank(bytes: Uint8Array, start: number, end: number): boolean {
  if (start < end && (bytes[start] ?? 0) > 0x20 && (bytes[start] ?? 0) < 0x80) return false;
  const text = new TextDecoder().decode(bytes.subarray(start, end));
  return /^[\t-\r\u001c- \u1680\u2000-\u2006\u2008-\u200a\u2028\u2029\u205f\u3000]*$/u.test(text);
}
