const ID_BYTES = 8;

/** An id that a list of children gets or loses. */
export interface ChildChange {
  readonly key: Uint8Array;
  readonly isChild: boolean;
}

/** The ids in `stored`, in byte order, with the changes: what lies between two of them is copied whole. */
export function mergeChildren(stored: Uint8Array, changes: readonly ChildChange[]): Uint8Array {
  if (changes.length === 0) return stored;
  const sorted = changes.toSorted((left, right) => Buffer.compare(left.key, right.key));
  const merged = new Uint8Array(stored.length + ID_BYTES * changes.length);
  let from = 0;
  let length = 0;
  for (const { key, isChild } of sorted) {
    const to = lowerBound(stored, key, from);
    merged.set(stored.subarray(from, to), length);
    length += to - from;
    from = isAt(stored, key, to) ? to + ID_BYTES : to;
    if (!isChild) continue;
    merged.set(key, length);
    length += ID_BYTES;
  }
  merged.set(stored.subarray(from), length);
  return merged.subarray(0, length + stored.length - from);
}

/** Position of the first id from `from` on that is not below `key`. */
function lowerBound(ids: Uint8Array, key: Uint8Array, from: number): number {
  let low = from / ID_BYTES;
  let high = ids.length / ID_BYTES;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const at = middle * ID_BYTES;
    if (Buffer.compare(ids.subarray(at, at + ID_BYTES), key) < 0) low = middle + 1;
    else high = middle;
  }
  return low * ID_BYTES;
}

function isAt(ids: Uint8Array, key: Uint8Array, at: number): boolean {
  return Buffer.compare(ids.subarray(at, at + ID_BYTES), key) === 0;
}
