import type { MergeRule } from './merge-rule.ts';

/** What a transaction does to one row. A `merge` waits for the row's stored value, which it has not read yet. */
export type Change =
  | { readonly kind: 'put' | 'merge'; readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly kind: 'del'; readonly key: Uint8Array };

/** Names a key in a map: one character a byte. */
export function keyName(key: Uint8Array): string {
  // A view of a buffer is dear where there is one for every event.
  const buffer = Buffer.isBuffer(key) ? key : Buffer.from(key.buffer, key.byteOffset, key.length);
  return buffer.toString('latin1');
}

/** What a transaction has changed in one table: at most one change a key, and a way back to the last savepoint. */
export class TableChanges {
  readonly #merge: MergeRule | undefined;
  readonly #changes = new Map<string, Change>();
  #undo: { readonly name: string; readonly previous: Change | undefined }[] = [];

  constructor(merge: MergeRule | undefined) {
    this.#merge = merge;
  }

  get size(): number {
    return this.#changes.size;
  }

  find(name: string): Change | undefined {
    return this.#changes.get(name);
  }

  all(): IterableIterator<[name: string, change: Change]> {
    return this.#changes.entries();
  }

  put(key: Uint8Array, value: Uint8Array): void {
    const name = keyName(key);
    this.#set(name, { kind: 'put', key, value }, this.#changes.get(name));
  }

  del(key: Uint8Array): void {
    const name = keyName(key);
    this.#set(name, { kind: 'del', key }, this.#changes.get(name));
  }

  /** Joins with what the transaction has done to the row already; else waits for the stored value. */
  merge(key: Uint8Array, value: Uint8Array): void {
    const name = keyName(key);
    const known = this.#changes.get(name);
    if (known === undefined) this.#set(name, { kind: 'merge', key, value }, known);
    else if (known.kind === 'del') this.#set(name, { kind: 'put', key, value }, known);
    else this.#set(name, { kind: known.kind, key, value: this.joined(known.value, value) }, known);
  }

  joined(left: Uint8Array, right: Uint8Array): Uint8Array {
    if (this.#merge === undefined) throw new TypeError('Expected a table with a merge rule');
    return this.#merge(left, right);
  }

  /** From here on `undo` comes back to what is changed now. */
  savepoint(): void {
    this.#undo = [];
  }

  undo(): void {
    for (const { name, previous } of this.#undo.reverse()) {
      if (previous === undefined) this.#changes.delete(name);
      else this.#changes.set(name, previous);
    }
    this.#undo = [];
  }

  #set(name: string, change: Change, previous: Change | undefined): void {
    this.#undo.push({ name, previous });
    this.#changes.set(name, change);
  }
}
