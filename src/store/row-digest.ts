/**
 * An order-free checksum of rows: the sum of one 64-bit hash a row, in two 32-bit halves. Two tables with the same rows
 * have the same digest in whatever order the rows were met; a lost, doubled or changed row changes it. It guards against
 * faults, not against an adversary.
 */
export class RowDigest {
  #low = 0;
  #high = 0;
  rows = 0;

  add(key: Uint8Array, keyLength: number, value: Uint8Array, valueLength: number): void {
    // Two FNV-1a lanes with different primes and starts; the key's length keeps key and value apart.
    let a = 0x811c9dc5 ^ keyLength;
    let b = 0x9747b28c ^ valueLength;
    for (let i = 0; i < keyLength; i++) {
      const byte = key[i] ?? 0;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x5bd1e995);
    }
    for (let i = 0; i < valueLength; i++) {
      const byte = value[i] ?? 0;
      a = Math.imul(a ^ byte, 0x01000193);
      b = Math.imul(b ^ byte, 0x5bd1e995);
    }
    this.#low = (this.#low + finish(a ^ (b >>> 15))) | 0;
    this.#high = (this.#high + finish(b ^ (a >>> 13))) | 0;
    this.rows += 1;
  }

  equals(other: RowDigest): boolean {
    return this.#low === other.#low && this.#high === other.#high && this.rows === other.rows;
  }

  toString(): string {
    return hex(this.#high) + hex(this.#low);
  }
}

/** Spreads every input bit over the result, without which sums of similar rows would cancel each other. */
function finish(hash: number): number {
  let mixed = hash ^ (hash >>> 16);
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

function hex(half: number): string {
  return (half >>> 0).toString(16).padStart(8, '0');
}
