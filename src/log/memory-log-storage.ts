import { compareBytes } from '../store/compare-bytes.ts';
import type { LogRange, LogStorage, LogWrite } from './log-storage.ts';

const KEYS_AT_ONCE = 1000;

interface Row {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/** For a log whose stores are all volatile: nothing touches a disk. */
export class MemoryLogStorage implements LogStorage {
  /** Ascending by key. Only the first row, the tail's, and the end change in place: readers hold on to the list. */
  #rows: Row[] = [];

  async write(writes: readonly LogWrite[]): Promise<void> {
    for (const { key, value } of writes) if (value !== undefined) this.#put(key.slice(), value.slice());
    this.#delete(writes.filter(({ value }) => value === undefined).map(({ key }) => this.#known(key)));
  }

  async get(key: Uint8Array): Promise<Uint8Array | undefined> {
    return this.#rows[this.#known(key)]?.value.slice();
  }

  async *keys(range: LogRange): AsyncIterable<readonly Uint8Array[]> {
    const { rows, start, end } = this.#select(range);
    for (let i = start; i < end; i += KEYS_AT_ONCE) {
      yield rows.slice(i, Math.min(end, i + KEYS_AT_ONCE)).map(({ key }) => key);
    }
  }

  rows(range: LogRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]> {
    const { rows, start, end } = this.#select(range);
    return (async function* () {
      for (let i = start; i < end; i++) {
        const row = rows[i];
        if (row !== undefined) yield [row.key, row.value.slice()] as const;
      }
    })();
  }

  async reopen(): Promise<void> {}

  async close(): Promise<void> {}

  #put(key: Uint8Array, value: Uint8Array): void {
    const at = this.#find(key);
    const isKnown = this.#known(key) === at;
    if (at < this.#rows.length && at > 0) this.#rows = [...this.#rows];
    this.#rows.splice(at, isKnown ? 1 : 0, { key, value });
  }

  #delete(indexes: readonly number[]): void {
    const known = new Set(indexes.filter((index) => index >= 0));
    const first = Math.min(...known);
    const last = Math.max(...known);
    if (known.size === 0) return;
    this.#rows =
      last - first + 1 === known.size
        ? this.#rows.toSpliced(first, known.size)
        : this.#rows.filter((_, index) => !known.has(index));
  }

  #select({ gte, lt }: LogRange) {
    const rows = this.#rows;
    return { rows, start: this.#find(gte), end: lt === undefined ? rows.length : this.#find(lt) };
  }

  /** Index of a row, -1 when there is none. */
  #known(key: Uint8Array): number {
    const at = this.#find(key);
    const row = this.#rows[at];
    return row !== undefined && compare(row.key, key) === 0 ? at : -1;
  }

  /** Index of the first row whose key is not below `key`. */
  #find(key: Uint8Array): number {
    let low = 0;
    let high = this.#rows.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const row = this.#rows[middle];
      if (row === undefined || compare(row.key, key) >= 0) high = middle;
      else low = middle + 1;
    }
    return low;
  }
}

function compare(left: Uint8Array, right: Uint8Array): number {
  return compareBytes(left, 0, left.length, right, 0, right.length);
}
