/** Byte strings one behind the other; they are addressed by where they start. */
export class ByteArena {
  bytes = new Uint8Array(1 << 14);
  length = 0;

  /** Copies `source[start .. end)` in and returns where it starts. */
  add(source: Uint8Array, start: number, end: number): number {
    const at = this.length;
    const after = at + end - start;
    if (after > this.bytes.length) {
      const larger = new Uint8Array(Math.max(after, this.bytes.length * 2));
      larger.set(this.bytes.subarray(0, at));
      this.bytes = larger;
    }
    this.bytes.set(source.subarray(start, end), at);
    this.length = after;
    return at;
  }
}
