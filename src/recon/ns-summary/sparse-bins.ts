import { putInt32 } from '../encodings/big-endian.ts';
import { FILE_SIZE_BINS } from '../encodings/file-size-bins.ts';

/**
 * The 41 file-size counts of each directory, of which most are 0 in all but a few directories: a short linked list a
 * directory, 9 bytes for a bin that is used, instead of 164 bytes for all of them.
 */
export class SparseBins {
  #length = 0;
  #bins = new Uint8Array(1024);
  #counts = new Int32Array(1024);
  #next = new Int32Array(1024);

  /** Counts one file; `head` is the directory's list (-1 is empty). Returns its list from now on. */
  add(head: number, bin: number): number {
    for (let node = head; node >= 0; node = this.#next[node] ?? -1) {
      if (this.#bins[node] !== bin) continue;
      this.#counts[node] = (this.#counts[node] ?? 0) + 1;
      return head;
    }
    const node = this.#length++;
    if (node === this.#bins.length) this.#grow();
    this.#bins[node] = bin;
    this.#counts[node] = 1;
    this.#next[node] = head;
    return node;
  }

  /** Writes all 41 counts as int32, big-endian, and returns the position behind them. */
  write(head: number, bytes: Uint8Array, at: number): number {
    const end = at + 4 * FILE_SIZE_BINS;
    bytes.fill(0, at, end);
    for (let node = head; node >= 0; node = this.#next[node] ?? -1) {
      putInt32(bytes, at + 4 * (this.#bins[node] ?? 0), this.#counts[node] ?? 0);
    }
    return end;
  }

  #grow(): void {
    const capacity = this.#bins.length * 2;
    const bins = new Uint8Array(capacity);
    bins.set(this.#bins);
    this.#bins = bins;
    this.#counts = copyInto(new Int32Array(capacity), this.#counts);
    this.#next = copyInto(new Int32Array(capacity), this.#next);
  }
}

function copyInto(larger: Int32Array<ArrayBuffer>, column: Int32Array): Int32Array<ArrayBuffer> {
  larger.set(column);
  return larger;
}
