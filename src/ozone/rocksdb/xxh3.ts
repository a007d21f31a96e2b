import { avalanche64, rotate64 } from './xxhash.ts';

const P32_1 = 0x9e3779b1n;
const P32_2 = 0x85ebca77n;
const P32_3 = 0xc2b2ae3dn;
const P64_1 = 0x9e3779b185ebca87n;
const P64_2 = 0xc2b2ae3d27d4eb4fn;
const P64_3 = 0x165667b19e3779f9n;
const P64_4 = 0x85ebca77c2b2ae63n;
const P64_5 = 0x27d4eb2f165667c5n;
const MIX = 0x165667919e3779f9n;
const SHORT_MIX = 0x9fb21c651e98df25n;

/** The default secret of XXH3. */
const SECRET_HEX =
  'b8fe6c3923a44bbe7c01812cf721ad1cded46de9839097db7240a4a4b7b3671fcb79e64eccc0e578825ad07dccff7221' +
  'b8084674f743248ee03590e6813a264c3c2852bb91c300cb88d0658b1b532ea371644897a20df94e3819ef46a9deacd8' +
  'a8fa763fe39c343ff9dcbbc7c70b4f1d8a51e04bcdb45931c89f7ec9d9787364eac5ac8334d3ebc3c581a0fffa1363eb' +
  '170ddd51b7f0da49d316552629d4689e2b16be587d47a1fc8ff8b8d17ad031ce45cb3a8f95160428afd7fbcabb4b407e';
const SECRET_BYTES = 192;
const STRIPE_BYTES = 64;
const BLOCK_BYTES = 1024;

/** XXH3, 64 bits, seed 0, default secret. */
export class Xxh3 {
  readonly #secret: DataView;

  constructor() {
    const bytes = Uint8Array.from(Buffer.from(SECRET_HEX, 'hex'));
    this.#secret = new DataView(bytes.buffer);
  }

  of(bytes: Uint8Array): bigint {
    const input = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (bytes.length <= 16) return this.#upTo16(input);
    if (bytes.length <= 128) return this.#upTo128(input);
    if (bytes.length <= 240) return this.#upTo240(input);
    return this.#long(input);
  }

  #upTo16(input: DataView): bigint {
    const length = input.byteLength;
    if (length > 8) {
      const low = read(input, 0) ^ this.#key(24) ^ this.#key(32);
      const high = read(input, length - 8) ^ this.#key(40) ^ this.#key(48);
      return avalanche(BigInt(length) + swapBytes(low) + high + multiplyFold(low, high));
    }
    if (length >= 4) {
      const first = BigInt(input.getUint32(0, true));
      const last = BigInt(input.getUint32(length - 4, true));
      let hash = (last + (first << 32n)) ^ this.#key(8) ^ this.#key(16);
      hash = u64((hash ^ rotate64(hash, 49n) ^ rotate64(hash, 24n)) * SHORT_MIX);
      hash = u64((hash ^ ((hash >> 35n) + BigInt(length))) * SHORT_MIX);
      return hash ^ (hash >> 28n);
    }
    if (length === 0) return avalanche64(this.#key(56) ^ this.#key(64));
    const flip = (this.#secret.getUint32(0, true) ^ this.#secret.getUint32(4, true)) >>> 0;
    const ends = (input.getUint8(0) << 16) | (input.getUint8(length >> 1) << 24) | input.getUint8(length - 1);
    return avalanche64(BigInt(((ends | (length << 8)) ^ flip) >>> 0));
  }

  #upTo128(input: DataView): bigint {
    const length = input.byteLength;
    let hash = BigInt(length) * P64_1;
    for (let i = Math.ceil(length / 32) - 1; i >= 0; i--) {
      hash += this.#mix16(input, 16 * i, 32 * i) + this.#mix16(input, length - 16 * (i + 1), 32 * i + 16);
    }
    return avalanche(hash);
  }

  #upTo240(input: DataView): bigint {
    const length = input.byteLength;
    let hash = BigInt(length) * P64_1;
    for (let i = 0; i < 8; i++) hash += this.#mix16(input, 16 * i, 16 * i);
    hash = avalanche(hash);
    for (let i = 8; i < Math.floor(length / 16); i++) hash += this.#mix16(input, 16 * i, 16 * (i - 8) + 3);
    return avalanche(hash + this.#mix16(input, length - 16, 136 - 17));
  }

  #long(input: DataView): bigint {
    const length = input.byteLength;
    const sums = BigUint64Array.of(P32_3, P64_1, P64_2, P64_3, P64_4, P32_2, P64_5, P32_1);
    const stripes = Math.floor((length - 1) / STRIPE_BYTES);
    const perBlock = BLOCK_BYTES / STRIPE_BYTES;
    for (let stripe = 0; stripe < stripes; stripe++) {
      this.#accumulate(sums, input, stripe * STRIPE_BYTES, (stripe % perBlock) * 8);
      if (stripe % perBlock === perBlock - 1) this.#scramble(sums);
    }
    this.#accumulate(sums, input, length - STRIPE_BYTES, SECRET_BYTES - STRIPE_BYTES - 7);
    let hash = BigInt(length) * P64_1;
    for (let i = 0; i < 4; i++) {
      const low = (sums[2 * i] ?? 0n) ^ this.#key(11 + 16 * i);
      hash += multiplyFold(low, (sums[2 * i + 1] ?? 0n) ^ this.#key(19 + 16 * i));
    }
    return avalanche(hash);
  }

  #accumulate(sums: BigUint64Array, input: DataView, at: number, secretAt: number): void {
    for (let i = 0; i < 8; i++) {
      const value = read(input, at + 8 * i);
      const keyed = value ^ this.#key(secretAt + 8 * i);
      sums[i ^ 1] = (sums[i ^ 1] ?? 0n) + value;
      sums[i] = (sums[i] ?? 0n) + (keyed & 0xffffffffn) * (keyed >> 32n);
    }
  }

  #scramble(sums: BigUint64Array): void {
    for (let i = 0; i < 8; i++) {
      const sum = sums[i] ?? 0n;
      sums[i] = (sum ^ (sum >> 47n) ^ this.#key(SECRET_BYTES - STRIPE_BYTES + 8 * i)) * P32_1;
    }
  }

  #mix16(input: DataView, at: number, secretAt: number): bigint {
    return multiplyFold(read(input, at) ^ this.#key(secretAt), read(input, at + 8) ^ this.#key(secretAt + 8));
  }

  #key(at: number): bigint {
    return this.#secret.getBigUint64(at, true);
  }
}

function avalanche(value: bigint): bigint {
  let hash = u64(value);
  hash = u64((hash ^ (hash >> 37n)) * MIX);
  return hash ^ (hash >> 32n);
}

function multiplyFold(a: bigint, b: bigint): bigint {
  const product = a * b;
  return u64(product) ^ (product >> 64n);
}

function swapBytes(value: bigint): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, value, true);
  return view.getBigUint64(0, false);
}

function read(input: DataView, at: number): bigint {
  return input.getBigUint64(at, true);
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
