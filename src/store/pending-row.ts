import type { RunCursor } from './merge-runs.ts';
import type { MergeRule } from './merge-rule.ts';
import type { RowTarget } from './row-target.ts';

/** How several rows of one key become one. */
export interface KeyRule {
  /** Without one the last row of a task counts, and all tasks must agree. */
  readonly merge: MergeRule | undefined;
  /** The error of tasks that do not. */
  readonly conflict: (key: Uint8Array) => Error;
}

/** A copy of the row that waits for others of its key, which come in the order in which they were written. */
export class PendingRow {
  has = false;
  readonly #rule: KeyRule;
  #key = new Uint8Array(256);
  #keyLength = 0;
  #value: Uint8Array = new Uint8Array(1024);
  #valueLength = 0;
  #origin = 0;
  /** The last values of the other tasks that wrote the key. */
  readonly #others = new Map<number, Uint8Array>();

  constructor(rule: KeyRule) {
    this.#rule = rule;
  }

  isKey(key: Uint8Array): boolean {
    if (key.length !== this.#keyLength) return false;
    // From the end: neighbouring keys differ there.
    for (let i = key.length - 1; i >= 0; i--) if (key[i] !== this.#key[i]) return false;
    return true;
  }

  /** The first row of a key. */
  set({ key, value, origin }: RunCursor): void {
    if (key.length > this.#key.length) this.#key = new Uint8Array(key.length * 2);
    this.#key.set(key);
    this.#keyLength = key.length;
    this.#setValue(value);
    this.#origin = origin;
    this.#others.clear();
    this.has = true;
  }

  /** A later row of the same key. */
  add({ value, origin }: RunCursor): void {
    const { merge } = this.#rule;
    if (merge !== undefined) this.#setValue(merge(this.#value.subarray(0, this.#valueLength), value));
    else if (origin === this.#origin) this.#setValue(value);
    else this.#others.set(origin, new Uint8Array(value));
  }

  hand(target: RowTarget): Promise<void> | undefined {
    for (const other of this.#others.values()) {
      if (Buffer.compare(other, this.#value.subarray(0, this.#valueLength)) === 0) continue;
      throw this.#rule.conflict(this.#key.subarray(0, this.#keyLength));
    }
    return target(this.#key, this.#keyLength, this.#value, this.#valueLength);
  }

  #setValue(value: Uint8Array): void {
    if (value.length > this.#value.length) this.#value = new Uint8Array(value.length * 2);
    this.#value.set(value);
    this.#valueLength = value.length;
  }
}
