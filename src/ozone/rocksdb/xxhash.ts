const P32 = [0x9e3779b1, 0x85ebca77, 0xc2b2ae3d, 0x27d4eb2f, 0x165667b1] as const;
const P64_1 = 0x9e3779b185ebca87n;
const P64_2 = 0xc2b2ae3d27d4eb4fn;
const P64_3 = 0x165667b19e3779f9n;
const P64_4 = 0x85ebca77c2b2ae63n;
const P64_5 = 0x27d4eb2f165667c5n;

/** xxHash32 with seed 0. */
export function xxHash32(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length;
  let at = 0;
  let hash: number;
  if (length >= 16) {
    let a = (P32[0] + P32[1]) | 0;
    let b: number = P32[1] | 0;
    let c = 0;
    let d = -P32[0] | 0;
    const round = (state: number, lane: number): number =>
      Math.imul(rotateLeft(state + Math.imul(lane, P32[1]), 13), P32[0]);
    for (; at + 16 <= length; at += 16) {
      a = round(a, view.getInt32(at, true));
      b = round(b, view.getInt32(at + 4, true));
      c = round(c, view.getInt32(at + 8, true));
      d = round(d, view.getInt32(at + 12, true));
    }
    hash = rotateLeft(a, 1) + rotateLeft(b, 7) + rotateLeft(c, 12) + rotateLeft(d, 18);
  } else {
    hash = P32[4];
  }
  hash = (hash + length) | 0;
  for (; at + 4 <= length; at += 4) {
    hash = Math.imul(rotateLeft(hash + Math.imul(view.getInt32(at, true), P32[2]), 17), P32[3]);
  }
  for (; at < length; at++)
    hash = Math.imul(rotateLeft(hash + Math.imul(view.getUint8(at), P32[4]), 11), P32[0]);
  hash = Math.imul(hash ^ (hash >>> 15), P32[1]);
  hash = Math.imul(hash ^ (hash >>> 13), P32[2]);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** xxHash64 with seed 0. */
export function xxHash64(bytes: Uint8Array): bigint {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = bytes.length;
  let at = 0;
  let hash: bigint;
  if (length >= 32) {
    const lanes: [bigint, bigint, bigint, bigint] = [u64(P64_1 + P64_2), P64_2, 0n, u64(-P64_1)];
    for (; at + 32 <= length; at += 32) {
      lanes[0] = round64(lanes[0], view.getBigUint64(at, true));
      lanes[1] = round64(lanes[1], view.getBigUint64(at + 8, true));
      lanes[2] = round64(lanes[2], view.getBigUint64(at + 16, true));
      lanes[3] = round64(lanes[3], view.getBigUint64(at + 24, true));
    }
    hash =
      rotate64(lanes[0], 1n) + rotate64(lanes[1], 7n) + rotate64(lanes[2], 12n) + rotate64(lanes[3], 18n);
    for (const lane of lanes) hash = u64(u64(hash ^ round64(0n, lane)) * P64_1 + P64_4);
  } else {
    hash = P64_5;
  }
  hash = u64(hash + BigInt(length));
  for (; at + 8 <= length; at += 8) {
    hash = u64(rotate64(hash ^ round64(0n, view.getBigUint64(at, true)), 27n) * P64_1 + P64_4);
  }
  if (at + 4 <= length) {
    hash = u64(rotate64(hash ^ u64(BigInt(view.getUint32(at, true)) * P64_1), 23n) * P64_2 + P64_3);
    at += 4;
  }
  for (; at < length; at++) hash = u64(rotate64(hash ^ u64(BigInt(view.getUint8(at)) * P64_5), 11n) * P64_1);
  return avalanche64(hash);
}

/** The end of xxHash64, which XXH3 uses too. */
export function avalanche64(value: bigint): bigint {
  let hash = u64((value ^ (value >> 33n)) * P64_2);
  hash = u64((hash ^ (hash >> 29n)) * P64_3);
  return hash ^ (hash >> 32n);
}

export function rotate64(value: bigint, bits: bigint): bigint {
  return u64(value << bits) | (value >> (64n - bits));
}

function round64(state: bigint, lane: bigint): bigint {
  return u64(rotate64(u64(state + lane * P64_2), 31n) * P64_1);
}

function rotateLeft(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function u64(value: bigint): bigint {
  return BigInt.asUintN(64, value);
}
