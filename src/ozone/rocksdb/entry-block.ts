import type { RowBatch } from '../../source/source.ts';
import { entriesEnd } from './block.ts';
import type { EntryRun } from './entry-run.ts';
import { DELETION, SINGLE_DELETION, TRAILER_BYTES, unsupportedKind, VALUE } from './internal-key.ts';
import { damaged, unsupported } from './read-errors.ts';

/** Set in the kind of an entry that a newer one with the same key precedes in the same source. */
const OLDER_VERSION = 0x80;
/** Sequences take 56 bits; numbers are exact up to 2^53. */
const HIGHEST_EXACT_BYTE = 0x1f;

/**
 * The entries of one decoded data block after another, as columns that are used again. Keys are put together from their
 * shared prefixes; values stay where they are. When a table has no other source it is the batch that the visitor gets.
 */
export class EntryBlock implements EntryRun, RowBatch {
  length = 0;
  keys: Uint8Array = new Uint8Array(16 << 10);
  keyStarts: Int32Array = new Int32Array(256);
  keyEnds: Int32Array = new Int32Array(256);
  values: Uint8Array = this.keys;
  valueStarts: Int32Array = new Int32Array(256);
  valueEnds: Int32Array = new Int32Array(256);
  sequences: Float64Array = new Float64Array(256);
  kinds: Uint8Array = new Uint8Array(256);
  /** Whether every entry is the only version of its key, and a value. */
  plain = true;
  /** The last internal key of the block before: order is checked across blocks and files. */
  #last = new Uint8Array(256);
  #lastEnd = -1;
  #lastSequence = 0;
  readonly #lengths = new Float64Array(3);

  key(index: number): Uint8Array {
    this.#check(index);
    return this.keys.subarray(this.keyStarts[index], this.keyEnds[index]);
  }

  value(index: number): Uint8Array {
    this.#check(index);
    return this.values.subarray(this.valueStarts[index], this.valueEnds[index]);
  }

  /**
   * Takes the entries of the block in `bytes[start .. end)`, which lies at `offset` of `file`.
   *
   * Checked for each entry: that it lies inside the block, its kind, and that it comes after the one before.
   */
  decode(bytes: Uint8Array, start: number, end: number, file: string, offset: number): void {
    const limit = entriesEnd(bytes, start, end);
    if (limit < 0) throw damaged(file, offset, 'a data block has no room for its restart points');
    this.values = bytes;
    this.plain = true;
    let keys = this.keys;
    let row = 0;
    let free = 0;
    let before: Uint8Array = this.#last;
    let beforeStart = 0;
    let beforeEnd = this.#lastEnd;
    let beforeSequence = this.#lastSequence;
    for (let at = start; at < limit; row++) {
      // The three lengths are single bytes nearly always.
      let shared = bytes[at++] ?? 0;
      let fresh = bytes[at++] ?? 0;
      let valueBytes = bytes[at++] ?? 0;
      if ((shared | fresh | valueBytes) > 127) {
        at = this.#readLengths(bytes, at - 3, limit);
        if (at < 0) throw damaged(file, offset, 'an entry runs over the end of its block');
        shared = this.#lengths[0] ?? 0;
        fresh = this.#lengths[1] ?? 0;
        valueBytes = this.#lengths[2] ?? 0;
      }
      if (fresh + valueBytes > limit - at)
        throw damaged(file, offset, 'an entry runs over the end of its block');
      const keyEnd = free + shared + fresh - TRAILER_BYTES;
      // The first key of a block stands alone; a prefix may reach into the trailer of the key before.
      const sharable = row === 0 ? 0 : beforeEnd + TRAILER_BYTES - beforeStart;
      if (shared > sharable || keyEnd < free)
        throw damaged(file, offset, 'a key is too short, or shares too much');
      if (keyEnd + TRAILER_BYTES > keys.length) {
        const larger = new Uint8Array(Math.max(keyEnd + TRAILER_BYTES, keys.length * 2));
        larger.set(keys.subarray(0, free));
        if (row > 0) before = larger;
        this.keys = keys = larger;
      }
      if (row === this.keyStarts.length) this.#growRows();
      for (let i = 0; i < shared; i++) keys[free + i] = before[beforeStart + i] ?? 0;
      for (let i = 0; i < fresh; i++) keys[free + shared + i] = bytes[at + i] ?? 0;
      let kind = keys[keyEnd] ?? 0;
      const top = keys[keyEnd + 7] ?? 0;
      const sequence =
        (keys[keyEnd + 1] ?? 0) +
        ((keys[keyEnd + 2] ?? 0) << 8) +
        ((keys[keyEnd + 3] ?? 0) << 16) +
        ((keys[keyEnd + 4] ?? 0) + ((keys[keyEnd + 5] ?? 0) << 8) + ((keys[keyEnd + 6] ?? 0) << 16)) *
          0x100_0000 +
        top * 0x1_0000_0000_0000;
      if (kind !== VALUE) {
        if (kind !== DELETION && kind !== SINGLE_DELETION) throw unsupportedKind(file, kind);
        this.plain = false;
      }
      if (top > HIGHEST_EXACT_BYTE) throw unsupported(file, 'a sequence number above 2^53');
      // After the one before? Only what is not shared with it needs to be looked at.
      if (beforeEnd >= 0) {
        const length = keyEnd - free;
        const beforeLength = beforeEnd - beforeStart;
        const common = length < beforeLength ? length : beforeLength;
        let i = shared;
        while (i < common && keys[free + i] === before[beforeStart + i]) i++;
        const ascending =
          i < common ? (keys[free + i] ?? 0) > (before[beforeStart + i] ?? 0) : length > beforeLength;
        if (!ascending) {
          if (i < common || length !== beforeLength || sequence >= beforeSequence) {
            throw damaged(file, offset, 'the keys of a data block do not ascend');
          }
          kind |= OLDER_VERSION;
          this.plain = false;
        }
      }
      this.keyStarts[row] = free;
      this.keyEnds[row] = keyEnd;
      at += fresh;
      this.valueStarts[row] = at;
      at += valueBytes;
      this.valueEnds[row] = at;
      this.sequences[row] = sequence;
      this.kinds[row] = kind;
      before = keys;
      beforeStart = free;
      beforeEnd = keyEnd;
      beforeSequence = sequence;
      free = keyEnd + TRAILER_BYTES;
    }
    this.length = row;
    this.#remember(row);
  }

  /** Drops deletions and older versions: what is left are the rows, when the block's source is the only one. */
  keepRows(): void {
    let kept = 0;
    for (let row = 0; row < this.length; row++) {
      if (this.kinds[row] !== VALUE) continue;
      if (kept !== row) this.#move(row, kept);
      kept++;
    }
    this.length = kept;
  }

  #move(from: number, to: number): void {
    this.keyStarts[to] = this.keyStarts[from] ?? 0;
    this.keyEnds[to] = this.keyEnds[from] ?? 0;
    this.valueStarts[to] = this.valueStarts[from] ?? 0;
    this.valueEnds[to] = this.valueEnds[from] ?? 0;
    this.sequences[to] = this.sequences[from] ?? 0;
    this.kinds[to] = this.kinds[from] ?? 0;
  }

  /** Reads three varints to `#lengths`; returns where they end, or -1. */
  #readLengths(bytes: Uint8Array, start: number, limit: number): number {
    let at = start;
    for (let field = 0; field < 3; field++) {
      let value = 0;
      let scale = 1;
      for (let byte = 0x80; byte > 127; scale *= 128) {
        if (at >= limit || scale > 0x1_0000_0000) return -1;
        byte = bytes[at++] ?? 0;
        value += (byte & 127) * scale;
      }
      this.#lengths[field] = value;
    }
    return at;
  }

  /** Keeps the last key of the block, of `rows` entries, for the next one. */
  #remember(rows: number): void {
    if (rows === 0) return;
    const start = this.keyStarts[rows - 1] ?? 0;
    this.#lastEnd = (this.keyEnds[rows - 1] ?? 0) - start;
    this.#lastSequence = this.sequences[rows - 1] ?? 0;
    if (this.#lastEnd > this.#last.length) this.#last = new Uint8Array(this.#lastEnd * 2);
    for (let i = 0; i < this.#lastEnd; i++) this.#last[i] = this.keys[start + i] ?? 0;
  }

  #growRows(): void {
    const rows = this.keyStarts.length * 2;
    this.keyStarts = grownTo(new Int32Array(rows), this.keyStarts);
    this.keyEnds = grownTo(new Int32Array(rows), this.keyEnds);
    this.valueStarts = grownTo(new Int32Array(rows), this.valueStarts);
    this.valueEnds = grownTo(new Int32Array(rows), this.valueEnds);
    this.sequences = grownTo(new Float64Array(rows), this.sequences);
    this.kinds = grownTo(new Uint8Array(rows), this.kinds);
  }

  #check(index: number): void {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`No row ${String(index)} in this batch`);
  }
}

function grownTo<A extends Int32Array | Float64Array | Uint8Array>(larger: A, smaller: A): A {
  larger.set(smaller);
  return larger;
}
