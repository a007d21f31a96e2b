import type { Crc32c } from './crc32c.ts';
import { maskCrc } from './crc32c.ts';
import { Xxh3 } from './xxh3.ts';
import { xxHash32, xxHash64 } from './xxhash.ts';

export const NO_CHECKSUM = 0;
export const CRC32C = 1;
const XXHASH32 = 2;
const XXHASH64 = 3;
const XXH3 = 4;

/** How the blocks of one table file are protected. */
export interface ChecksumRule {
  readonly type: number;
  /** Mixed with each block's offset since format version 6, so that a block in a wrong place is seen; else 0. */
  readonly contextBase: number;
}

export function isKnownChecksum(type: number): boolean {
  return type >= NO_CHECKSUM && type <= XXH3;
}

/** The checksums of RocksDB's blocks. */
export class Checksums {
  readonly crc: Crc32c;
  #xxh3: Xxh3 | undefined;

  constructor(crc: Crc32c) {
    this.crc = crc;
  }

  /** The checksum that should be stored for `bytes`, whose last byte is the block's compression type. */
  of(rule: ChecksumRule, bytes: Uint8Array, offset: number): number {
    return (this.#plain(rule.type, bytes) + contextOf(rule, offset)) >>> 0;
  }

  #plain(type: number, bytes: Uint8Array): number {
    switch (type) {
      case CRC32C:
        return maskCrc(this.crc.of(bytes, 0, bytes.length));
      case XXHASH32:
        return xxHash32(bytes);
      case XXHASH64:
        return Number(xxHash64(bytes) & 0xffff_ffffn);
      case XXH3: {
        this.#xxh3 ??= new Xxh3();
        const last = bytes.length - 1;
        const hash = Number(this.#xxh3.of(bytes.subarray(0, last)) & 0xffff_ffffn);
        return (hash ^ Math.imul(bytes[last] ?? 0, 0x6b9083d9)) >>> 0;
      }
      default:
        return 0;
    }
  }
}

/** What the place of a block adds to its checksum. */
export function contextOf(rule: ChecksumRule, offset: number): number {
  if (rule.contextBase === 0) return 0;
  return (rule.contextBase ^ ((offset >>> 0) + Math.floor(offset / 0x1_0000_0000))) >>> 0;
}
