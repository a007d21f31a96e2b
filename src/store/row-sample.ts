import type { RowBytes } from './generation-writer.ts';

/**
 * A sample of the rows written, each row with the same chance (reservoir sampling), repeatable by its seed. Its copies
 * are read back before the switch.
 */
export class RowSample {
  readonly rows: RowBytes[] = [];
  readonly #size: number;
  #seen = 0;
  #state: number;

  constructor(size: number, seed: number) {
    this.#size = size;
    this.#state = seed | 0;
  }

  add(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number): void {
    this.#seen += 1;
    if (this.rows.length < this.#size) {
      this.rows.push(copyRow(key, keyLength, value, valueLength));
      return;
    }
    const place = Math.floor(this.#random() * this.#seen);
    if (place < this.#size) this.rows[place] = copyRow(key, keyLength, value, valueLength);
  }

  /** mulberry32: small, and good enough to pick rows. */
  #random(): number {
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  }
}

function copyRow(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number): RowBytes {
  return {
    key: new Uint8Array(key.subarray(0, keyLength)),
    value: new Uint8Array(value.subarray(0, valueLength)),
  };
}
