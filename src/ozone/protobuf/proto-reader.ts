const TRUNCATED = 'A field leaves its message: the record is cut off or damaged';
const VARINT_TOO_LONG = 'A varint has more than ten bytes';

/** Groups may nest this deep, as in Java's CodedInputStream. */
const MAX_GROUP_DEPTH = 100;

/**
 * Reads proto2 wire format in place. It accepts and refuses what Java's `CodedInputStream` accepts and refuses.
 *
 * Every reading method takes a position and the end of the message it is in, never reads past that end, and returns
 * the position behind what it read, or -1 with `reason` set. No exception, no object: callers test for a negative
 * position, which also ends a `while (at >= 0 && at < end)` loop by itself.
 */
export class ProtoReader {
  /** The last varint as two int32 halves: ids need 64 bits, and a bigint a field costs ten times as much. */
  low = 0;
  high = 0;
  /** End of the last length-delimited field; -1 after a failure. */
  stop = 0;
  /** One sentence: why the last read failed. */
  reason = '';

  varint(bytes: Uint8Array, at: number, end: number): number {
    if (at < end) {
      const byte = bytes[at] ?? 0;
      if (byte < 128) {
        this.low = byte;
        this.high = 0;
        return at + 1;
      }
    }
    return end - at >= 10 ? this.#longVarint(bytes, at) : this.#lastVarint(bytes, at, end);
  }

  /** Skips a varint whose value is of no interest. */
  skipVarint(bytes: Uint8Array, start: number, end: number): number {
    const limit = Math.min(end, start + 10);
    let at = start;
    while (at < limit) if ((bytes[at++] ?? 0) < 128) return at;
    return this.fail(limit === end ? TRUNCATED : VARINT_TOO_LONG);
  }

  /** Reads a length and returns where the field starts; `stop` is where it ends. */
  delimited(bytes: Uint8Array, at: number, end: number): number {
    const start = this.varint(bytes, at, end);
    if (start < 0) {
      this.stop = -1;
      return -1;
    }
    // Java reads the length as an int32 and drops the upper half of a longer varint.
    if (this.low < 0 || this.low > end - start) {
      this.stop = -1;
      return this.fail(TRUNCATED);
    }
    this.stop = start + this.low;
    return start;
  }

  /** Skips the field whose tag was just read: an unknown one, or a known one in another wire type. */
  skip(bytes: Uint8Array, at: number, end: number, tag: number): number {
    return this.#skip(bytes, at, end, tag, 0);
  }

  fail(reason: string): -1 {
    this.reason = reason;
    return -1;
  }

  /** A varint with ten bytes to read before the end: no bounds to check, and a loop would double the time. */
  #longVarint(bytes: Uint8Array, start: number): number {
    let at = start;
    let byte = bytes[at++] ?? 0;
    let low = byte & 127;
    let high = 0;
    byte = bytes[at++] ?? 0;
    low |= (byte & 127) << 7;
    if (byte < 128) return this.#set(low, 0, at);
    byte = bytes[at++] ?? 0;
    low |= (byte & 127) << 14;
    if (byte < 128) return this.#set(low, 0, at);
    byte = bytes[at++] ?? 0;
    low |= (byte & 127) << 21;
    if (byte < 128) return this.#set(low, 0, at);
    byte = bytes[at++] ?? 0;
    low |= (byte & 127) << 28;
    high = (byte & 127) >>> 4;
    for (let shift = 3; byte > 127 && shift < 32; shift += 7) {
      byte = bytes[at++] ?? 0;
      high |= (byte & 127) << shift;
    }
    return byte < 128 ? this.#set(low, high, at) : this.fail(VARINT_TOO_LONG);
  }

  /** A varint near the end of its message. */
  #lastVarint(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    let low = 0;
    let high = 0;
    for (let shift = 0; shift < 70; shift += 7) {
      if (at >= end) return this.fail(TRUNCATED);
      const byte = bytes[at++] ?? 0;
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift > 28) high |= bits << (shift - 32);
      else {
        low |= bits << 28;
        high = bits >>> 4;
      }
      if (byte < 128) return this.#set(low, high, at);
    }
    return this.fail(VARINT_TOO_LONG);
  }

  #set(low: number, high: number, at: number): number {
    this.low = low;
    this.high = high;
    return at;
  }

  #skip(bytes: Uint8Array, at: number, end: number, tag: number, depth: number): number {
    if (tag >>> 3 === 0) return this.fail('A tag has the field number 0');
    switch (tag & 7) {
      case 0:
        return this.skipVarint(bytes, at, end);
      case 1:
        return end - at < 8 ? this.fail(TRUNCATED) : at + 8;
      case 2:
        this.delimited(bytes, at, end);
        return this.stop;
      case 3:
        return this.#skipGroup(bytes, at, end, tag >>> 3, depth + 1);
      case 5:
        return end - at < 4 ? this.fail(TRUNCATED) : at + 4;
      default:
        return this.fail(`A tag has the wire type ${String(tag & 7)} where a field must start`);
    }
  }

  #skipGroup(bytes: Uint8Array, start: number, end: number, field: number, depth: number): number {
    if (depth > MAX_GROUP_DEPTH) return this.fail('Groups are nested too deep');
    let at = start;
    while (at >= 0 && at < end) {
      at = this.varint(bytes, at, end);
      if (at < 0) return -1;
      const tag = this.low;
      if ((tag & 7) === 4)
        return tag >>> 3 === field ? at : this.fail('A group ends with the tag of another');
      at = this.#skip(bytes, at, end, tag, depth);
    }
    return at < 0 ? -1 : this.fail(TRUNCATED);
  }
}
