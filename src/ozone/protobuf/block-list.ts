/** Above this many blocks of one key a merge sort is used: insertion sort is quadratic. */
const INSERTION_LIMIT = 32;

/**
 * The blocks of one key, as pairs of (version of the group, container id) in int32 halves. One object, filled again
 * for each record, so that a row costs no allocation.
 */
export class BlockList {
  length = 0;
  versionHigh = new Int32Array(64);
  versionLow = new Int32Array(64);
  containerHigh = new Int32Array(64);
  containerLow = new Int32Array(64);

  clear(): void {
    this.length = 0;
  }

  push(versionHigh: number, versionLow: number, containerHigh: number, containerLow: number): void {
    const at = this.length;
    if (at === this.versionHigh.length) this.#grow();
    this.versionHigh[at] = versionHigh;
    this.versionLow[at] = versionLow;
    this.containerHigh[at] = containerHigh;
    this.containerLow[at] = containerLow;
    this.length = at + 1;
  }

  /** Sets the version of the blocks from `first` on, pushed with 0: a group may name it after its blocks. */
  setVersion(first: number, high: number, low: number): void {
    if (low === 0 && high === 0) return;
    this.versionHigh.fill(high, first, this.length);
    this.versionLow.fill(low, first, this.length);
  }

  /** No real container has a negative id, and Recon's encoding has no room for one. */
  hasNegativeContainer(): boolean {
    for (let at = 0; at < this.length; at++) if ((this.containerHigh[at] ?? 0) < 0) return true;
    return false;
  }

  /** Brings the pairs into byte order of (version, container) and drops repeated ones. */
  sortDistinct(): void {
    if (this.length < 2) return;
    if (this.length <= INSERTION_LIMIT) this.#insertionSort();
    else this.#indexSort();
    let kept = 1;
    for (let from = 1; from < this.length; from++) {
      if (this.#compare(from, kept - 1) === 0) continue;
      this.#move(from, kept++);
    }
    this.length = kept;
  }

  #insertionSort(): void {
    for (let from = 1; from < this.length; from++) {
      for (let at = from; at > 0 && this.#compare(at, at - 1) < 0; at--) this.#swap(at, at - 1);
    }
  }

  #indexSort(): void {
    const order = new Uint32Array(this.length).map((_, index) => index);
    order.sort((left, right) => this.#compare(left, right));
    const sorted = (column: Int32Array): Int32Array<ArrayBuffer> => {
      const copy = new Int32Array(column.length);
      for (let at = 0; at < this.length; at++) copy[at] = column[order[at] ?? 0] ?? 0;
      return copy;
    };
    this.versionHigh = sorted(this.versionHigh);
    this.versionLow = sorted(this.versionLow);
    this.containerHigh = sorted(this.containerHigh);
    this.containerLow = sorted(this.containerLow);
  }

  #compare(left: number, right: number): number {
    return (
      compareHalf(this.versionHigh, left, right) ||
      compareHalf(this.versionLow, left, right) ||
      compareHalf(this.containerHigh, left, right) ||
      compareHalf(this.containerLow, left, right)
    );
  }

  #move(from: number, to: number): void {
    this.versionHigh[to] = this.versionHigh[from] ?? 0;
    this.versionLow[to] = this.versionLow[from] ?? 0;
    this.containerHigh[to] = this.containerHigh[from] ?? 0;
    this.containerLow[to] = this.containerLow[from] ?? 0;
  }

  #swap(left: number, right: number): void {
    swap(this.versionHigh, left, right);
    swap(this.versionLow, left, right);
    swap(this.containerHigh, left, right);
    swap(this.containerLow, left, right);
  }

  #grow(): void {
    this.versionHigh = doubled(this.versionHigh);
    this.versionLow = doubled(this.versionLow);
    this.containerHigh = doubled(this.containerHigh);
    this.containerLow = doubled(this.containerLow);
  }
}

/** Byte order of big-endian integers is the order of their halves without sign. */
function compareHalf(column: Int32Array, left: number, right: number): number {
  return ((column[left] ?? 0) >>> 0) - ((column[right] ?? 0) >>> 0);
}

function swap(column: Int32Array, left: number, right: number): void {
  const kept = column[left] ?? 0;
  column[left] = column[right] ?? 0;
  column[right] = kept;
}

function doubled(column: Int32Array): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(column.length * 2);
  larger.set(column);
  return larger;
}
