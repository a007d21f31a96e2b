import { AclCheck } from './acl-check.ts';
import { MessageCheck, type MessageShape } from './message-check.ts';
import { KeyInfo } from './key-info.ts';
import { RecordDecoder, RequiredFields } from './record-decoder.ts';
import { Replication } from './replication.ts';

/** Schema 0 keeps its parts in the record, schema 1 in `multipartPartsTable`. */
export const EMBEDDED_PARTS = 0;
export const SPLIT_PARTS = 1;

const REQUIRED = new RequiredFields({ uploadID: 1, creationTime: 2, type: 3 });

/** A part without its key, which `KeyInfo` decodes. */
const PART: MessageShape = {
  1: { wire: 2, required: true },
  2: { wire: 0, required: true },
  3: { wire: 2, required: true },
};

/**
 * A `MultipartKeyInfo`: an upload that is not completed.
 *
 * @see org.apache.hadoop.ozone.om.helpers.OmMultipartKeyInfo
 */
export class MultipartKeyInfo extends RecordDecoder {
  schemaVersion = EMBEDDED_PARTS;
  /** The upload's own configuration, with which parts of schema 1 are replicated. */
  readonly replication = new Replication();
  /** The part that `decodePart` decoded last. */
  readonly part = new KeyInfo();
  /** Part number → where its `KeyInfo` lies; of equal numbers the last one is kept. */
  readonly #parts = new Map<number, number>();
  #partStarts: number[] = [];
  #partEnds: number[] = [];
  readonly #partCheck = new MessageCheck(PART);
  readonly #acl = new AclCheck();
  #partNumber = 0;

  /** Part numbers of a record of schema 0, each once. */
  get partNumbers(): Iterable<number> {
    return this.#parts.keys();
  }

  /** Decodes `bytes[start .. end)`; `false` when that is no good record, and `reason` says why. */
  decode(bytes: Uint8Array, start: number, end: number): boolean {
    this.beginRecord();
    this.schemaVersion = EMBEDDED_PARTS;
    this.replication.reset();
    this.#parts.clear();
    this.#partStarts.length = 0;
    this.#partEnds.length = 0;
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at >= 0) at = this.#field(bytes, at, end, this.wire.low);
    }
    return at === end && this.#valid(bytes);
  }

  /** Decodes one part of a record of schema 0 into `part`; it was found good by `decode`. */
  decodePart(bytes: Uint8Array, partNumber: number): boolean {
    const index = this.#parts.get(partNumber) ?? -1;
    return this.part.decode(bytes, this.#partStarts[index] ?? 0, this.#partEnds[index] ?? 0);
  }

  #field(bytes: Uint8Array, start: number, end: number, tag: number): number {
    let at = start;
    switch (tag) {
      case 10:
        this.wire.delimited(bytes, at, end);
        this.seen |= 1 << 1;
        return this.wire.stop;
      case 16:
        this.seen |= 1 << 2;
        return this.wire.varint(bytes, at, end);
      case 24:
        at = this.wire.varint(bytes, at, end);
        if (this.replication.setType(this.wire.low)) this.seen |= 1 << 3;
        return at;
      case 32:
        at = this.wire.varint(bytes, at, end);
        this.replication.setFactor(this.wire.low);
        return at;
      case 56:
        return this.updateId(bytes, at, end);
      case 80:
        at = this.wire.varint(bytes, at, end);
        this.schemaVersion = this.wire.low;
        return at;
      case 42:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.#partKeyInfo(bytes, at, this.wire.stop);
      case 74:
        at = this.wire.delimited(bytes, at, end);
        if (at < 0) return -1;
        return this.replication.mergeEc(bytes, at, this.wire.stop)
          ? this.wire.stop
          : this.fail(this.replication.reason);
      case 122:
        at = this.wire.delimited(bytes, at, end);
        return at < 0 ? -1 : this.element(this.#acl, bytes, at, this.wire.stop);
      default:
        return this.wire.skip(bytes, at, end, tag);
    }
  }

  /** Notes where the part lies. Two occurrences of its key in one part would be merged by Java; none writes that. */
  #partKeyInfo(bytes: Uint8Array, start: number, end: number): number {
    if (this.element(this.#partCheck, bytes, start, end) < 0) return -1;
    let at = start;
    while (at < end) {
      at = this.wire.varint(bytes, at, end);
      if (this.wire.low === 16) {
        at = this.wire.varint(bytes, at, end);
        this.#partNumber = this.wire.low;
      } else if (this.wire.low === 26) {
        at = this.wire.delimited(bytes, at, end);
        this.#partStarts.push(at);
        this.#partEnds.push(this.wire.stop);
        at = this.wire.stop;
      } else {
        at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    this.#parts.set(this.#partNumber, this.#partStarts.length - 1);
    return end;
  }

  #valid(bytes: Uint8Array): boolean {
    if (!this.hasAll(REQUIRED) || !this.updateIdGood()) return false;
    if (!this.replication.initialized() || !this.replication.usable()) {
      this.reason = this.replication.reason;
      return false;
    }
    if (this.schemaVersion !== EMBEDDED_PARTS && this.schemaVersion !== SPLIT_PARTS) {
      this.reason = `The schema version ${String(this.schemaVersion >>> 0)} of the upload is unknown`;
      return false;
    }
    // Java parses the keys of all parts, also of those that it then ignores.
    for (let index = 0; index < this.#partStarts.length; index++) {
      if (this.part.parse(bytes, this.#partStarts[index] ?? 0, this.#partEnds[index] ?? 0)) continue;
      this.reason = this.part.reason;
      return false;
    }
    if (this.schemaVersion === SPLIT_PARTS) this.#parts.clear();
    for (const number of this.#parts.keys()) {
      if (this.decodePart(bytes, number)) continue;
      this.reason = this.part.reason;
      return false;
    }
    return true;
  }
}
