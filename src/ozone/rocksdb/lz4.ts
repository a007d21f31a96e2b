/**
 * Decodes one raw LZ4 block (no frame) into exactly `target`.
 *
 * @returns false when the input is damaged; then `target` holds rubbish
 */
export function decodeLz4(source: Uint8Array, target: Uint8Array): boolean {
  const end = source.length;
  let at = 0;
  let out = 0;

  // A length of 15 goes on in further bytes, each of 255 but the last.
  const longLength = (length: number): number => {
    for (let total = length; at < end;) {
      const byte = source[at++] ?? 0;
      total += byte;
      if (byte !== 255) return total;
    }
    return -1;
  };

  while (at < end) {
    const token = source[at++] ?? 0;
    const literals = token >>> 4 === 15 ? longLength(15) : token >>> 4;
    if (literals < 0 || literals > end - at || literals > target.length - out) return false;
    target.set(source.subarray(at, at + literals), out);
    at += literals;
    out += literals;
    if (at === end) return out === target.length;
    if (end - at < 2) return false;
    const distance = (source[at] ?? 0) | ((source[at + 1] ?? 0) << 8);
    at += 2;
    const matched = (token & 15) === 15 ? longLength(15) : token & 15;
    if (matched < 0 || distance === 0 || distance > out || matched + 4 > target.length - out) return false;
    for (const stop = out + matched + 4; out < stop; out++) target[out] = target[out - distance] ?? 0;
  }
  return out === target.length;
}
