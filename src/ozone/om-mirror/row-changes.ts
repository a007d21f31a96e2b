import { compareBytes } from '../rocksdb/byte-order.ts';
import type { MirrorRow } from './mirror-view.ts';
import type { OverlayChange } from './overlay.ts';

/** A row that a run of operations touches. */
export interface ChangedRow {
  readonly key: Uint8Array;
  readonly inCheckpoint: boolean;
  /** As of the operation that was applied last. */
  value: Uint8Array | undefined;
}

/** The rows of one table that a run of operations touches, by their keys. */
export class TableRows {
  readonly familyId: number;
  readonly table: string;
  readonly #rows = new Map<string, ChangedRow>();

  constructor(familyId: number, table: string) {
    this.familyId = familyId;
    this.table = table;
  }

  get(key: Uint8Array): ChangedRow | undefined {
    return this.#rows.get(textOf(key));
  }

  /** Takes a row as it was before; one that is there already stays as it is. */
  add(key: Uint8Array, { value, inCheckpoint }: MirrorRow): void {
    const text = textOf(key);
    if (!this.#rows.has(text)) this.#rows.set(text, { key, value, inCheckpoint });
  }

  /** The rows that are there now, from `start` up to, without, `end`, in key order. */
  between(start: Uint8Array, end: Uint8Array): readonly ChangedRow[] {
    return [...this.#rows.values()]
      .filter(({ key, value }) => value !== undefined && isBetween(key, start, end))
      .sort((left, right) => compareBytes(left.key, right.key));
  }

  /** What an overlay must say of these rows. */
  *changes(): Iterable<OverlayChange> {
    for (const { key, value, inCheckpoint } of this.#rows.values()) {
      const { familyId } = this;
      // Nothing need be said of a row that is neither here nor in the checkpoint.
      const row = value === undefined && !inCheckpoint ? undefined : { value, hides: inCheckpoint };
      yield { familyId, key, row };
    }
  }
}

/** Keys are bytes, and a string of one character a byte is what a map finds them by. */
export function textOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}

function isBetween(key: Uint8Array, start: Uint8Array, end: Uint8Array): boolean {
  return compareBytes(key, start) >= 0 && compareBytes(key, end) < 0;
}
