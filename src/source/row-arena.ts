import type { RowBatch } from './source.ts';

/**
 * A row batch that sources fill and use again. Keys and values are copied into two growing buffers; a source whose
 * values lie in memory already sets `values` and the value offsets itself.
 */
export class RowArena implements RowBatch {
  length = 0;
  keys: Uint8Array = new Uint8Array(2 << 10);
  keyStarts = new Int32Array(64);
  keyEnds = new Int32Array(64);
  values: Uint8Array = new Uint8Array(4 << 10);
  valueStarts = new Int32Array(64);
  valueEnds = new Int32Array(64);
  #keyBytes = 0;
  #valueBytes = 0;

  /** Bytes of keys and values held, by which sources bound a batch. */
  get bytes(): number {
    return this.#keyBytes + this.#valueBytes;
  }

  clear(): void {
    this.length = 0;
    this.#keyBytes = 0;
    this.#valueBytes = 0;
  }

  /** Copies one row in. */
  push(key: Uint8Array, value: Uint8Array): void {
    this.pushSlices(key, 0, key.length, value, 0, value.length);
  }

  /** Copies one row in that lies in larger buffers; makes no view of short ones. */
  pushSlices(
    keys: Uint8Array,
    keyStart: number,
    keyEnd: number,
    values: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const index = this.length;
    if (index === this.keyStarts.length) this.#growRows();
    const keyTo = this.#keyBytes + keyEnd - keyStart;
    const valueTo = this.#valueBytes + valueEnd - valueStart;
    if (keyTo > this.keys.length) this.keys = grown(this.keys, keyTo);
    if (valueTo > this.values.length) this.values = grown(this.values, valueTo);
    copy(keys, keyStart, keyEnd, this.keys, this.#keyBytes);
    copy(values, valueStart, valueEnd, this.values, this.#valueBytes);
    this.keyStarts[index] = this.#keyBytes;
    this.keyEnds[index] = this.#keyBytes = keyTo;
    this.valueStarts[index] = this.#valueBytes;
    this.valueEnds[index] = this.#valueBytes = valueTo;
    this.length = index + 1;
  }

  key(index: number): Uint8Array {
    this.#check(index);
    return this.keys.subarray(this.keyStarts[index], this.keyEnds[index]);
  }

  value(index: number): Uint8Array {
    this.#check(index);
    return this.values.subarray(this.valueStarts[index], this.valueEnds[index]);
  }

  #check(index: number): void {
    if (!(index >= 0 && index < this.length)) throw new RangeError(`No row ${String(index)} in this batch`);
  }

  #growRows(): void {
    this.keyStarts = doubled(this.keyStarts);
    this.keyEnds = doubled(this.keyEnds);
    this.valueStarts = doubled(this.valueStarts);
    this.valueEnds = doubled(this.valueEnds);
  }
}

/** Up to some hundred bytes a loop is faster than a view and `set`. */
function copy(from: Uint8Array, start: number, end: number, to: Uint8Array, at: number): void {
  if (end - start > 256) to.set(from.subarray(start, end), at);
  else for (let i = start, j = at; i < end; i++, j++) to[j] = from[i] ?? 0;
}

function grown(bytes: Uint8Array, least: number): Uint8Array {
  const larger = new Uint8Array(Math.max(least, bytes.length * 2));
  larger.set(bytes);
  return larger;
}

function doubled(array: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2);
  larger.set(array);
  return larger;
}
