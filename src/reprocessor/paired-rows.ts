import type { RowBytes } from '../store/generation-writer.ts';

/** The rows of one key on both sides; one of them may be missing. */
export interface PairedRows {
  readonly left: RowBytes | undefined;
  readonly right: RowBytes | undefined;
}

type Batches = AsyncIterable<readonly RowBytes[]>;

/** Walks two tables in key order side by side, in batches. */
export async function* pairedRows(
  left: Batches | undefined,
  right: Batches,
): AsyncGenerator<readonly PairedRows[], void, undefined> {
  const lefts = new RowCursor(left);
  const rights = new RowCursor(right);
  try {
    for (;;) {
      // Each batch ends where one of the two sides has to be read again.
      await lefts.fill();
      await rights.fill();
      const pairs: PairedRows[] = [];
      for (;;) {
        const l = lefts.row;
        const r = rights.row;
        if ((l === undefined && !lefts.ended) || (r === undefined && !rights.ended)) break;
        if (l === undefined && r === undefined) break;
        const order = l === undefined ? 1 : r === undefined ? -1 : Buffer.compare(l.key, r.key);
        pairs.push({ left: order <= 0 ? l : undefined, right: order >= 0 ? r : undefined });
        if (order <= 0) lefts.advance();
        if (order >= 0) rights.advance();
      }
      if (pairs.length > 0) yield pairs;
      if (lefts.ended && rights.ended && lefts.row === undefined && rights.row === undefined) return;
    }
  } finally {
    await lefts.close();
    await rights.close();
  }
}

class RowCursor {
  ended: boolean;
  readonly #batches: AsyncIterator<readonly RowBytes[]> | undefined;
  #rows: readonly RowBytes[] = [];
  #at = 0;

  constructor(batches: Batches | undefined) {
    this.#batches = batches?.[Symbol.asyncIterator]();
    this.ended = batches === undefined;
  }

  get row(): RowBytes | undefined {
    return this.#rows[this.#at];
  }

  advance(): void {
    this.#at += 1;
  }

  async fill(): Promise<void> {
    if (this.ended || this.row !== undefined || this.#batches === undefined) return;
    const next = await this.#batches.next();
    this.#at = 0;
    this.#rows = next.done === true ? [] : next.value;
    this.ended = next.done === true;
  }

  async close(): Promise<void> {
    await this.#batches?.return?.();
  }
}
