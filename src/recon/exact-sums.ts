import { putInt64 } from './encodings/big-endian.ts';

const TWO_32 = 4294967296;
/** From here on a sum is split; a summand of up to 2^52 more still leaves it exact. */
const SPLIT_AT = 2 ** 52;

/**
 * Exact 64-bit sums that wrap as Java's do, without a bigint a row: each is a double that stays below 2^53, plus the
 * upper half, an int32 that takes what the double can no longer hold. 12 bytes a sum.
 */
export class ExactSums {
  #lows: Float64Array;
  #highs: Int32Array;

  constructor(capacity: number) {
    this.#lows = new Float64Array(capacity);
    this.#highs = new Int32Array(capacity);
  }

  /** Makes room for the indexes below `capacity`. */
  grow(capacity: number): void {
    const lows = new Float64Array(capacity);
    lows.set(this.#lows);
    this.#lows = lows;
    const highs = new Int32Array(capacity);
    highs.set(this.#highs);
    this.#highs = highs;
  }

  /** Adds a whole number from 0 to 2^52. */
  add(index: number, value: number): void {
    const sum = (this.#lows[index] ?? 0) + value;
    if (sum < SPLIT_AT) {
      this.#lows[index] = sum;
      return;
    }
    const upper = Math.floor(sum / TWO_32);
    this.#lows[index] = sum - upper * TWO_32;
    this.#highs[index] = (this.#highs[index] ?? 0) + upper;
  }

  addBig(index: number, value: bigint): void {
    this.#highs[index] = (this.#highs[index] ?? 0) + Number(BigInt.asIntN(32, value >> 32n));
    this.add(index, Number(BigInt.asUintN(32, value)));
  }

  /** Adds the sum at `from` to the one at `to`. */
  addSum(to: number, from: number): void {
    this.#highs[to] = (this.#highs[to] ?? 0) + (this.#highs[from] ?? 0);
    this.add(to, this.#lows[from] ?? 0);
  }

  get(index: number): bigint {
    return BigInt.asIntN(64, (BigInt(this.#highs[index] ?? 0) << 32n) + BigInt(this.#lows[index] ?? 0));
  }

  /** Writes the sum as an int64, big-endian, and returns the position behind it. */
  write(index: number, bytes: Uint8Array, at: number): number {
    const low = this.#lows[index] ?? 0;
    const upper = Math.floor(low / TWO_32);
    return putInt64(bytes, at, ((this.#highs[index] ?? 0) + upper) | 0, low - upper * TWO_32);
  }
}
