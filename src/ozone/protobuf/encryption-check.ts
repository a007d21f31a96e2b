import { RecordDecoder, RequiredFields } from './record-decoder.ts';

const REQUIRED = new RequiredFields({
  suite: 1,
  cryptoProtocolVersion: 2,
  key: 3,
  iv: 4,
  keyName: 5,
  ezKeyVersionName: 6,
});

/** Length of an initialisation vector by cipher suite: 1 is unknown, 2 AES. */
const IV_BYTES = [0, 0, 16];

/**
 * Checks a `FileEncryptionInfoProto`, a singular field whose occurrences are merged.
 *
 * @see org.apache.hadoop.fs.FileEncryptionInfo, which refuses the same ones.
 */
export class EncryptionCheck extends RecordDecoder {
  #present = false;
  #suite = 0;
  #ivLength = 0;

  begin(): void {
    this.seen = 0;
    this.#present = false;
  }

  /** Takes one occurrence of the message. */
  merge(bytes: Uint8Array, start: number, end: number): boolean {
    this.#present = true;
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
    }
    return at === end;
  }

  /** Whether the message, if it came, has all that Java asks for; else `reason` says what is wrong. */
  complete(): boolean {
    return !this.#present || this.hasAll(REQUIRED);
  }

  /** Whether Java, besides, can use it. */
  usable(): boolean {
    if (!this.#present || this.#ivLength === IV_BYTES[this.#suite]) return true;
    this.reason = 'The initialisation vector of the encryption has a wrong length';
    return false;
  }

  #field(bytes: Uint8Array, start: number, end: number, tag: number): number {
    let at = start;
    switch (tag) {
      case 8:
      case 16:
        at = this.wire.varint(bytes, at, end);
        if (this.wire.low !== 1 && this.wire.low !== 2) return at;
        if (tag === 8) this.#suite = this.wire.low;
        this.seen |= 1 << (tag >>> 3);
        return at;
      case 34:
        at = this.wire.delimited(bytes, at, end);
        this.#ivLength = this.wire.stop - at;
        this.seen |= 1 << 4;
        return this.wire.stop;
      case 26:
      case 42:
      case 50:
        this.seen |= 1 << (tag >>> 3);
        this.wire.delimited(bytes, at, end);
        return this.wire.stop;
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }
}
