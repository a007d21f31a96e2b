import { AclCheck } from './acl-check.ts';
import { BlockList } from './block-list.ts';
import { EncryptionCheck } from './encryption-check.ts';
import { KeyLocations } from './key-locations.ts';
import { MessageCheck } from './message-check.ts';
import { FILE_CHECKSUM, KEY_VALUE } from './ozone-messages.ts';
import { RecordDecoder, RequiredFields } from './record-decoder.ts';
import { Replication } from './replication.ts';

const REQUIRED = new RequiredFields({
  volumeName: 1,
  bucketName: 2,
  keyName: 3,
  dataSize: 4,
  type: 5,
  creationTime: 8,
  modificationTime: 9,
});

/** Below 2^40 sizes, and what `Replication` makes of them, are exact as doubles. */
const WIDE_SIZE_HIGH = 256;

/**
 * A `KeyInfo` decoded in place: one object, filled again for each row. Names are offsets into the bytes given to
 * `decode`; ids and sizes are int32 halves.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmKeyInfo, whose codec decides what is a good record; a negative size, which
 * it lets through and Recon cannot place, is refused too.
 */
export class KeyInfo extends RecordDecoder {
  volumeStart = 0;
  volumeEnd = 0;
  bucketStart = 0;
  bucketEnd = 0;
  nameStart = 0;
  nameEnd = 0;
  sizeHigh = 0;
  sizeLow = 0;
  objectHigh = 0;
  objectLow = 0;
  parentHigh = 0;
  parentLow = 0;
  readonly replication = new Replication();
  /** Every block of every version group. */
  readonly blocks = new BlockList();
  readonly #locations = new KeyLocations();
  readonly #keyValue = new MessageCheck(KEY_VALUE);
  readonly #acl = new AclCheck();
  readonly #encryption = new EncryptionCheck();
  readonly #checksum = new MessageCheck(FILE_CHECKSUM);
  #hasNul = false;

  /** Whether the size is so large that only `sizeBig` and `replicatedBig` are exact. */
  get wide(): boolean {
    return this.sizeHigh >= WIDE_SIZE_HIGH || !this.replication.narrow;
  }

  /** The data size in bytes; exact below 2^53. */
  get size(): number {
    return this.sizeHigh * 4294967296 + (this.sizeLow >>> 0);
  }

  get sizeBig(): bigint {
    return (BigInt(this.sizeHigh) << 32n) | BigInt(this.sizeLow >>> 0);
  }

  /** The replicated size in bytes; exact unless `wide`. */
  get replicated(): number {
    return this.replication.replicated(this.size);
  }

  get replicatedBig(): bigint {
    return this.replication.replicatedBig(this.sizeBig);
  }

  /** Decodes `bytes[start .. end)`; `false` when that is no good record, and `reason` says why. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    return this.parse(bytes, start, end) && this.#usable();
  }

  /** Like `decode`, but asks only whether the message parses: its type and sizes may be impossible. */
  parse(bytes: Uint8Array, start: number, end: number): boolean {
    this.#reset();
    let at = start;
    while (at >= 0 && at < end) {
      const byte = bytes[at] ?? 0;
      if (byte < 128) {
        at = this.#field(bytes, at + 1, end, byte);
      } else {
        at = this.wire.varint(bytes, at, end);
        if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
      }
    }
    if (at !== end) return false;
    return this.#initialized();
  }

  #reset(): void {
    this.beginRecord();
    this.sizeHigh = 0;
    this.sizeLow = 0;
    this.objectHigh = 0;
    this.objectLow = 0;
    this.parentHigh = 0;
    this.parentLow = 0;
    this.replication.reset();
    this.blocks.clear();
    this.#encryption.begin();
    this.#checksum.begin();
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
      case 26:
        this.nameStart = this.wire.delimited(bytes, at, end);
        this.nameEnd = this.wire.stop;
        this.#hasNul = containsNul(bytes, this.nameStart, this.nameEnd);
        this.seen |= 1 << 3;
        return this.wire.stop;
      case 32:
        at = this.wire.varint(bytes, at, end);
        this.sizeHigh = this.wire.high;
        this.sizeLow = this.wire.low;
        this.seen |= 1 << 4;
        return at;
      case 40:
        at = this.wire.varint(bytes, at, end);
        if (this.replication.setType(this.wire.low)) this.seen |= 1 << 5;
        return at;
      case 48:
        at = this.wire.varint(bytes, at, end);
        this.replication.setFactor(this.wire.low);
        return at;
      case 64:
        this.seen |= 1 << 8;
        return this.wire.skipVarint(bytes, at, end);
      case 72:
        this.seen |= 1 << 9;
        return this.wire.skipVarint(bytes, at, end);
      case 112:
        at = this.wire.varint(bytes, at, end);
        this.objectHigh = this.wire.high;
        this.objectLow = this.wire.low;
        return at;
      case 120:
        return this.updateId(bytes, at, end);
      case 128:
        at = this.wire.varint(bytes, at, end);
        this.parentHigh = this.wire.high;
        this.parentLow = this.wire.low;
        return at;
      case 58:
      case 90:
      case 98:
      case 106:
      case 138:
      case 146:
      case 170:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.#message(bytes, at, this.wire.stop, tag);
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }

  #message(bytes: Uint8Array, start: number, end: number, tag: number): number {
    switch (tag) {
      case 58:
        return this.#versionGroup(bytes, start, end);
      case 138:
        return this.replication.mergeEc(bytes, start, end) ? end : this.fail(this.replication.reason);
      case 98:
        return this.merged(this.#encryption, bytes, start, end);
      case 146:
        return this.merged(this.#checksum, bytes, start, end);
      case 106:
        return this.element(this.#acl, bytes, start, end);
      default:
        return this.element(this.#keyValue, bytes, start, end);
    }
  }

  #versionGroup(bytes: Uint8Array, start: number, end: number): number {
    const locations = this.#locations;
    const first = this.blocks.length;
    locations.begin();
    if (locations.merge(bytes, start, end, this.blocks) && locations.complete(this.blocks, first)) return end;
    return this.fail(locations.reason);
  }

  #initialized(): boolean {
    if (!this.hasAll(REQUIRED) || !this.whole(this.#encryption) || !this.whole(this.#checksum)) return false;
    if (this.replication.initialized()) return true;
    this.reason = this.replication.reason;
    return false;
  }

  #usable(): boolean {
    if (this.sizeHigh < 0) this.reason = 'The data size is negative';
    else if (this.#hasNul) this.reason = 'The key name contains a NUL character';
    else if (!this.replication.usable()) this.reason = this.replication.reason;
    else if (!this.#encryption.usable()) this.reason = this.#encryption.reason;
    else return this.updateIdGood();
    return false;
  }
}

/** Java makes a path of the name, and no path may hold one. */
function containsNul(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === 0) return true;
  return false;
}
