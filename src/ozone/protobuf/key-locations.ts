import type { BlockList } from './block-list.ts';
import { MessageCheck } from './message-check.ts';
import { FILE_ENCRYPTION, PIPELINE, TOKEN } from './ozone-messages.ts';
import { RecordDecoder } from './record-decoder.ts';

/** What a `KeyLocation` must have: `blockID.containerBlockID.containerID` and `.localID`, `offset`, `length`. */
const CONTAINER_ID = 1;
const LOCAL_ID = 2;
const OFFSET = 4;
const LENGTH = 8;
const WHOLE_LOCATION = CONTAINER_ID | LOCAL_ID | OFFSET | LENGTH;

/** Decodes one `KeyLocationList`: a version, and blocks whose containers are collected. */
export class KeyLocations extends RecordDecoder {
  readonly #encryption = new MessageCheck(FILE_ENCRYPTION);
  readonly #token = new MessageCheck(TOKEN);
  readonly #pipeline = new MessageCheck(PIPELINE);
  #versionHigh = 0;
  #versionLow = 0;
  #containerHigh = 0;
  #containerLow = 0;

  /** Starts a list; `merge` may come several times for a list that is one singular field. */
  begin(): void {
    this.#versionHigh = 0;
    this.#versionLow = 0;
    this.#encryption.begin();
  }

  /** Takes one occurrence of the list and adds its blocks to `blocks`. */
  merge(bytes: Uint8Array, start: number, end: number, blocks: BlockList): boolean {
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) break;
      switch (this.wire.low) {
        case 8:
          at = this.wire.varint(bytes, at, end);
          this.#versionHigh = this.wire.high;
          this.#versionLow = this.wire.low;
          break;
        case 18:
          at = this.wire.delimited(bytes, at, end);
          if (at >= 0) at = this.#location(bytes, at, this.wire.stop, blocks);
          break;
        case 26:
          at = this.wire.delimited(bytes, at, end);
          if (at >= 0) at = this.merged(this.#encryption, bytes, at, this.wire.stop);
          break;
        default:
          at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    return at === end;
  }

  /** Ends a list whose blocks start at `first`. */
  complete(blocks: BlockList, first: number): boolean {
    blocks.setVersion(first, this.#versionHigh, this.#versionLow);
    return this.whole(this.#encryption);
  }

  #location(bytes: Uint8Array, start: number, end: number, blocks: BlockList): number {
    this.seen = 0;
    this.#token.begin();
    this.#pipeline.begin();
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) return -1;
      switch (this.wire.low) {
        case 10:
          at = this.wire.delimited(bytes, at, end);
          if (at >= 0) at = this.#blockId(bytes, at, this.wire.stop);
          break;
        case 24:
          at = this.wire.skipVarint(bytes, at, end);
          this.seen |= OFFSET;
          break;
        case 32:
          at = this.wire.skipVarint(bytes, at, end);
          this.seen |= LENGTH;
          break;
        case 50:
          at = this.wire.delimited(bytes, at, end);
          if (at >= 0) at = this.merged(this.#token, bytes, at, this.wire.stop);
          break;
        case 58:
          at = this.wire.delimited(bytes, at, end);
          if (at >= 0) at = this.merged(this.#pipeline, bytes, at, this.wire.stop);
          break;
        default:
          at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    if (at < 0) return -1;
    if (this.seen !== WHOLE_LOCATION) return this.fail('A block location lacks a required field');
    if (!this.whole(this.#token) || !this.whole(this.#pipeline)) return -1;
    blocks.push(0, 0, this.#containerHigh, this.#containerLow);
    return at;
  }

  #blockId(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) return -1;
      if (this.wire.low === 10) {
        at = this.wire.delimited(bytes, at, end);
        if (at >= 0) at = this.#containerBlockId(bytes, at, this.wire.stop);
      } else {
        at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    return at;
  }

  #containerBlockId(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) return -1;
      if (this.wire.low === 8) {
        at = this.wire.varint(bytes, at, end);
        this.#containerHigh = this.wire.high;
        this.#containerLow = this.wire.low;
        this.seen |= CONTAINER_ID;
      } else if (this.wire.low === 16) {
        at = this.wire.skipVarint(bytes, at, end);
        this.seen |= LOCAL_ID;
      } else {
        at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    return at;
  }
}
