const CHUNK_BYTES = 256 << 10;
const HEAD_BYTES = 8;

interface Chunk {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  end: number;
}

/** Rows that wait to be written, one behind the other in large buffers, so that no row costs an object. */
export class RowQueue {
  #chunks: Chunk[] = [];
  #start = 0;
  #bytes = 0;

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  get empty(): boolean {
    return this.#bytes === 0;
  }

  /** Copies the first `length` bytes of `value`. */
  push(table: number, value: Uint8Array, length: number): void {
    const size = HEAD_BYTES + length;
    let chunk = this.#chunks.at(-1);
    if (chunk === undefined || chunk.end + size > chunk.bytes.length) {
      const bytes = new Uint8Array(Math.max(size, CHUNK_BYTES));
      chunk = { bytes, view: new DataView(bytes.buffer), end: 0 };
      this.#chunks.push(chunk);
    }
    chunk.view.setUint32(chunk.end, table);
    chunk.view.setUint32(chunk.end + 4, length);
    chunk.bytes.set(value.subarray(0, length), chunk.end + HEAD_BYTES);
    chunk.end += size;
    this.#bytes += size;
  }

  /** Reads from the oldest row on, without taking anything away. */
  cursor(): RowCursor {
    return new RowCursor(this.#chunks, this.#start);
  }

  /** Takes away the rows that `cursor` has passed. */
  consume(cursor: RowCursor): void {
    for (let passed = 0; passed < cursor.chunk; passed++) {
      const chunk = this.#chunks.shift();
      this.#bytes -= (chunk?.end ?? 0) - this.#start;
      this.#start = 0;
    }
    this.#bytes -= cursor.at - this.#start;
    this.#start = cursor.at;
    if (this.#bytes === 0) this.clear();
  }

  clear(): void {
    this.#chunks = [];
    this.#start = 0;
    this.#bytes = 0;
  }
}

/** Where a reader of the queue stands. */
export class RowCursor {
  readonly #chunks: readonly Chunk[];
  /** Chunks left behind, and the place in the present one. */
  chunk = 0;
  at: number;
  table = 0;
  value: Uint8Array = new Uint8Array(0);

  constructor(chunks: readonly Chunk[], start: number) {
    this.#chunks = chunks;
    this.at = start;
  }

  next(): boolean {
    let chunk = this.#chunks[this.chunk];
    if (chunk !== undefined && this.at >= chunk.end && this.chunk + 1 < this.#chunks.length) {
      this.chunk++;
      this.at = 0;
      chunk = this.#chunks[this.chunk];
    }
    if (chunk === undefined || this.at >= chunk.end) return false;
    this.table = chunk.view.getUint32(this.at);
    const start = this.at + HEAD_BYTES;
    this.at = start + chunk.view.getUint32(this.at + 4);
    this.value = chunk.bytes.subarray(start, this.at);
    return true;
  }
}
