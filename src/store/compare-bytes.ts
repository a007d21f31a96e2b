/** Unsigned lexicographic order, shorter first: the order of keys everywhere in this library. */
export function compareBytes(
  left: Uint8Array,
  leftStart: number,
  leftEnd: number,
  right: Uint8Array,
  rightStart: number,
  rightEnd: number,
): number {
  const leftLength = leftEnd - leftStart;
  const rightLength = rightEnd - rightStart;
  const shared = leftLength < rightLength ? leftLength : rightLength;
  for (let i = 0; i < shared; i++) {
    const difference = (left[leftStart + i] ?? 0) - (right[rightStart + i] ?? 0);
    if (difference !== 0) return difference;
  }
  return leftLength - rightLength;
}

/** Whether both rows are missing, or have the same bytes. */
export function isSameValue(left: Uint8Array | undefined, right: Uint8Array | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return Buffer.compare(left, right) === 0;
}
