/**
 * Decodes the elements of a raw Snappy block (behind its length) in plain JavaScript: for short blocks, and as the oracle of the WebAssembly helper.
 *
 * @returns false when the input is damaged; then `target` holds rubbish
 */
export function decodeSnappy(
  source: Uint8Array,
  start: number,
  end: number,
  target: Uint8Array,
  targetStart: number,
  targetEnd: number,
): boolean {
  let at = start;
  let out = targetStart;
  while (at < end) {
    const tag = source[at++] ?? 0;
    const kind = tag & 3;
    if (kind === 0) {
      let length = (tag >>> 2) + 1;
      if (length > 60) {
        const bytes = length - 60;
        if (bytes > end - at) return false;
        length = littleEndian(source, at, bytes) + 1;
        at += bytes;
      }
      if (length > end - at || length > targetEnd - out) return false;
      if (length < 32) for (let i = 0; i < length; i++) target[out + i] = source[at + i] ?? 0;
      else target.set(source.subarray(at, at + length), out);
      at += length;
      out += length;
      continue;
    }
    const bytes = kind === 3 ? 4 : kind;
    if (bytes > end - at) return false;
    const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
    const distance = littleEndian(source, at, bytes) + (kind === 1 ? (tag >>> 5) * 256 : 0);
    at += bytes;
    if (distance === 0 || distance > out - targetStart || length > targetEnd - out) return false;
    for (const stop = out + length; out < stop; out++) target[out] = target[out - distance] ?? 0;
  }
  return at === end && out === targetEnd;
}

function littleEndian(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = count - 1; i >= 0; i--) value = value * 256 + (bytes[at + i] ?? 0);
  return value;
}
