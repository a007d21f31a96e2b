const SLASH = 0x2f;

/** Length of `/volume/bucket/` at the start of a row of `keyTable`; 0 when it does not begin so. */
export function bucketPrefixLength(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== SLASH) return 0;
  const afterVolume = bytes.indexOf(SLASH, start + 1);
  const afterBucket = afterVolume < 0 ? -1 : bytes.indexOf(SLASH, afterVolume + 1);
  return afterBucket < 0 || afterBucket >= end ? 0 : afterBucket + 1 - start;
}

/** Whether the key names a directory: it ends in a slash. */
export function isMarkerName(bytes: Uint8Array, nameStart: number, end: number): boolean {
  return end > nameStart && bytes[end - 1] === SLASH;
}

/**
 * Length of the marker key that the row's parent must have: everything up to the slash before its last component; 0
 * when it lies directly in the bucket. Trailing slashes do not count, as in Java's `String.split`.
 */
export function parentMarkerLength(bytes: Uint8Array, start: number, nameStart: number, end: number): number {
  let at = end;
  while (at > nameStart && bytes[at - 1] === SLASH) at--;
  at--;
  while (at >= nameStart && bytes[at] !== SLASH) at--;
  return at < nameStart ? 0 : at + 1 - start;
}
