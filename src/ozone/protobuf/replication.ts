import { RecordDecoder } from './record-decoder.ts';

const RATIS = 1;
const CHAINED = 3;
const EC = 4;
const NONE = -1;

/**
 * How a key is replicated. One object, filled again for each record.
 *
 * @see org.apache.hadoop.hdds.client.ReplicationConfig, and QuotaUtil.getReplicatedSize for the sizes.
 */
export class Replication extends RecordDecoder {
  type = 0;
  factor = 1;
  data = 0;
  parity = 0;
  chunk = 0;
  #stripe = 0;
  #ecSeen = 0;
  #codecKnown = false;

  reset(): void {
    this.type = 0;
    this.factor = 1;
    this.data = 0;
    this.parity = 0;
    this.chunk = 0;
    this.#ecSeen = 0;
    this.#codecKnown = false;
  }

  /** Takes an enum value of `ReplicationType`; `false` when it is not one, and the field counts as absent. */
  setType(value: number): boolean {
    if (value !== NONE && (value < RATIS || value > EC)) return false;
    this.type = value;
    return true;
  }

  /** Takes an enum value of `ReplicationFactor`; others count as absent. */
  setFactor(value: number): void {
    if (value === 0 || value === 1 || value === 3) this.factor = value;
  }

  copyFrom(other: Replication): void {
    this.type = other.type;
    this.factor = other.factor;
    this.data = other.data;
    this.parity = other.parity;
    this.chunk = other.chunk;
    this.#stripe = other.#stripe;
  }

  /** Merges one occurrence of the message `ECReplicationConfig`. */
  mergeEc(bytes: Uint8Array, start: number, end: number): boolean {
    let at = start;
    this.#ecSeen |= 1;
    while (at >= 0 && at < end) {
      at = this.wire.varint(bytes, at, end);
      if (at < 0) break;
      switch (this.wire.low) {
        case 8:
          at = this.wire.varint(bytes, at, end);
          this.data = this.wire.low;
          this.#ecSeen |= 2;
          break;
        case 16:
          at = this.wire.varint(bytes, at, end);
          this.parity = this.wire.low;
          this.#ecSeen |= 4;
          break;
        case 26:
          at = this.wire.delimited(bytes, at, end);
          this.#codecKnown = isCodec(bytes, at, this.wire.stop);
          at = this.wire.stop;
          this.#ecSeen |= 8;
          break;
        case 32:
          at = this.wire.varint(bytes, at, end);
          this.chunk = this.wire.low;
          this.#ecSeen |= 16;
          break;
        default:
          at = this.wire.skip(bytes, at, end, this.wire.low);
      }
    }
    return at === end;
  }

  /** Whether the message has its required fields, if it came at all; else `reason` says so. */
  initialized(): boolean {
    if (this.#ecSeen === 0 || this.#ecSeen === 31) return true;
    this.reason = 'The erasure coding configuration lacks a required field';
    return false;
  }

  /** Whether Java would build a configuration from it, with which sizes can be computed; else `reason` says why not. */
  usable(): boolean {
    if (this.type === CHAINED || this.type === NONE) {
      this.reason = `The replication type ${this.type === NONE ? 'NONE' : 'CHAINED'} is not supported`;
      return false;
    }
    return this.type !== EC || this.#validEc();
  }

  /** Whether `replicated` is exact for sizes below 2^40. */
  get narrow(): boolean {
    return this.type !== EC || this.parity <= 4096;
  }

  /** The replicated size; exact for sizes below 2^40 when `narrow`. */
  replicated(size: number): number {
    if (this.type === RATIS) return size * this.factor;
    if (this.type !== EC) return size;
    const stripes = Math.floor(size / this.#stripe);
    const rest = size - stripes * this.#stripe;
    return size + stripes * this.parity * this.chunk + Math.min(this.chunk, rest) * this.parity;
  }

  /** The replicated size of any size; may exceed 64 bits, which Java wraps. */
  replicatedBig(size: bigint): bigint {
    if (this.type === RATIS) return size * BigInt(this.factor);
    if (this.type !== EC) return size;
    const stripe = BigInt(this.#stripe);
    const chunk = BigInt(this.chunk);
    const parity = BigInt(this.parity);
    const rest = size % stripe;
    return size + (size / stripe) * parity * chunk + (rest < chunk ? rest : chunk) * parity;
  }

  #validEc(): boolean {
    if (this.#ecSeen === 0) {
      this.reason = 'The replication type is EC, but there is no erasure coding configuration';
      return false;
    }
    if (!this.#codecKnown) {
      this.reason = 'The erasure coding codec is neither RS nor XOR';
      return false;
    }
    // Java multiplies in 32 bits and then divides by the product, so a stripe of 0 bytes throws there.
    this.#stripe = Math.imul(this.data, this.chunk);
    if (this.data < 1 || this.parity < 0 || this.chunk < 1 || this.#stripe < 1) {
      this.reason = 'The erasure coding configuration is impossible';
      return false;
    }
    return true;
  }
}

/** `RS` or `XOR` in any case. */
function isCodec(bytes: Uint8Array, start: number, end: number): boolean {
  const letter = (offset: number): number => (bytes[start + offset] ?? 0) | 0x20;
  if (end - start === 2) return letter(0) === 0x72 && letter(1) === 0x73;
  return end - start === 3 && letter(0) === 0x78 && letter(1) === 0x6f && letter(2) === 0x72;
}
