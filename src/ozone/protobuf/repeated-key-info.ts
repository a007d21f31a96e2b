import type { KeyInfo } from './key-info.ts';
import { RecordDecoder } from './record-decoder.ts';

/**
 * A `RepeatedKeyInfo`: the keys that one row of `deletedTable` waits to delete.
 *
 * @see org.apache.hadoop.ozone.om.helpers.RepeatedOmKeyInfo
 */
export class RepeatedKeyInfo extends RecordDecoder {
  /** Number of keys; 0 after a failure. */
  count = 0;
  #starts = new Int32Array(16);
  #ends = new Int32Array(16);

  /**
   * Decodes `bytes[start .. end)`, each key through `key`; `false` when that, or any key in it, is no good record, and
   * `reason` says why. Nothing is handed out before the whole row is known to be good: call `decodeKey` for that.
   */
  decode(bytes: Uint8Array, start: number, end: number, key: KeyInfo): boolean {
    this.count = 0;
    let at = start;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) break;
      if (this.wire.low === 10) {
        at = this.wire.delimited(bytes, at, end);
        if (at >= 0) this.#push(at, this.wire.stop);
        at = this.wire.stop;
      } else {
        at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    for (let index = 0; at === end && index < this.count; index++) {
      if (!this.decodeKey(bytes, index, key)) at = this.fail(key.reason);
    }
    if (at === end) return true;
    this.count = 0;
    return false;
  }

  /** Decodes key `index` of the last row into `key`. */
  decodeKey(bytes: Uint8Array, index: number, key: KeyInfo): boolean {
    return key.decode(bytes, this.#starts[index] ?? 0, this.#ends[index] ?? 0);
  }

  #push(start: number, end: number): void {
    const at = this.count++;
    if (at === this.#starts.length) {
      this.#starts = doubled(this.#starts);
      this.#ends = doubled(this.#ends);
    }
    this.#starts[at] = start;
    this.#ends[at] = end;
  }
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}
