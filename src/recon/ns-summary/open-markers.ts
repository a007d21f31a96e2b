/** A directory marker, and the node it stands for. */
interface Marker {
  key: Uint8Array;
  length: number;
  node: number;
}

/**
 * The LEGACY directory markers that the scan is below. Rows come in key order, a marker `a/b/` sorts before everything
 * that starts with it, and all that is contiguous: so the open markers are a stack, each a prefix of the next, and no
 * parent ever has to be looked up in the table.
 */
export class OpenMarkers {
  readonly #markers: Marker[] = [];
  #depth = 0;

  /** Closes the markers that the key `bytes[start .. end)` is not below. */
  moveTo(bytes: Uint8Array, start: number, end: number): void {
    for (; this.#depth > 0; this.#depth--) {
      const marker = this.#markers[this.#depth - 1];
      if (marker !== undefined && startsWith(bytes, start, end, marker)) return;
    }
  }

  /** The node of the open marker of this length, or -1: the key that `moveTo` got has no such marker. */
  find(length: number): number {
    for (let depth = this.#depth - 1; depth >= 0; depth--) {
      const marker = this.#markers[depth];
      if (marker === undefined || marker.length < length) return -1;
      if (marker.length === length) return marker.node;
    }
    return -1;
  }

  /** Opens the marker whose key is `bytes[start .. end)`, which `moveTo` has got. */
  open(bytes: Uint8Array, start: number, end: number, node: number): void {
    const length = end - start;
    let marker = this.#markers[this.#depth];
    if (marker === undefined) {
      marker = { key: new Uint8Array(length * 2), length, node };
      this.#markers.push(marker);
    }
    if (marker.key.length < length) marker.key = new Uint8Array(length * 2);
    marker.key.set(bytes.subarray(start, end));
    marker.length = length;
    marker.node = node;
    this.#depth++;
  }
}

/** Compares from the end: neighbours in a table differ there. */
function startsWith(bytes: Uint8Array, start: number, end: number, marker: Marker): boolean {
  if (marker.length >= end - start) return false;
  for (let at = marker.length - 1; at >= 0; at--) if (marker.key[at] !== bytes[start + at]) return false;
  return true;
}
