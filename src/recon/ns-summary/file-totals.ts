import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { fileSizeBoundIndex, FILE_SIZE_BINS } from '../encodings/file-size-bins.ts';

/** Up to here the narrow part of a sum goes: with one summand more it stays below 2^53, and so exact. */
const NARROW = 2 ** 51;

/** An exact sum that makes no bigint of the usual summand. */
export class ExactSum {
  #narrow = 0;
  #wide = 0n;

  get value(): bigint {
    return this.#wide + BigInt(this.#narrow);
  }

  /** Adds a whole number between -2^52 - 2^51 and 2^52 + 2^51. */
  add(value: number): void {
    this.#narrow += value;
    if (this.#narrow < NARROW && this.#narrow > -NARROW) return;
    this.#wide += BigInt(this.#narrow);
    this.#narrow = 0;
  }

  addBig(value: bigint): void {
    this.#wide += value;
  }

  addSum(other: ExactSum, sign: Sign): void {
    this.add(sign * other.#narrow);
    if (other.#wide !== 0n) this.#wide += BigInt(sign) * other.#wide;
  }

  clear(): void {
    this.#narrow = 0;
    this.#wide = 0n;
  }
}

/** 1 adds, -1 takes away. */
export type Sign = 1 | -1;

/** A count for each size bin, all 0. */
export function emptyBins(): number[] {
  return new Array<number>(FILE_SIZE_BINS).fill(0);
}

/** Number, sizes and size bins of some files; of a change of them, they may be negative. */
export class FileTotals {
  /** An int32 that wraps, as Java's does. */
  files = 0;
  readonly size = new ExactSum();
  readonly replicated = new ExactSum();
  /** Counts by size; a plain array, as there is one for every directory of a delta, and typed ones are dear to make. */
  readonly bins = emptyBins();

  get isEmpty(): boolean {
    return this.bins.every((count) => count === 0);
  }

  addKey(key: KeyInfo, sign: Sign): void {
    this.#count(key.size, sign);
    if (key.wide) {
      this.size.addBig(BigInt(sign) * key.sizeBig);
      this.replicated.addBig(BigInt(sign) * key.replicatedBig);
    } else {
      this.size.add(sign * key.size);
      this.replicated.add(sign * key.replicated);
    }
  }

  addFile(size: bigint, replicated: bigint, sign: Sign): void {
    this.#count(Number(size), sign);
    this.size.addBig(BigInt(sign) * size);
    this.replicated.addBig(BigInt(sign) * replicated);
  }

  addTotals(other: FileTotals, sign: Sign): void {
    this.files = (this.files + sign * other.files) | 0;
    this.size.addSum(other.size, sign);
    this.replicated.addSum(other.replicated, sign);
    other.bins.forEach((count, bin) => {
      if (count !== 0) this.bins[bin] = ((this.bins[bin] ?? 0) + sign * count) | 0;
    });
  }

  clear(): void {
    this.files = 0;
    this.size.clear();
    this.replicated.clear();
    this.bins.fill(0);
  }

  #count(size: number, sign: Sign): void {
    this.files = (this.files + sign) | 0;
    const bin = Math.min(fileSizeBoundIndex(size), FILE_SIZE_BINS - 1);
    this.bins[bin] = ((this.bins[bin] ?? 0) + sign) | 0;
  }
}
