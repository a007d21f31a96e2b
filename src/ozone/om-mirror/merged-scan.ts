import { throwIfAborted } from '../../errors.ts';
import { RowArena } from '../../source/row-arena.ts';
import { BATCH_BYTES, BATCH_ROWS, untilAborted } from '../../source/scan-batches.ts';
import type { RowBatch, ScanVisitor } from '../../source/source.ts';
import { compareSlices } from '../rocksdb/byte-order.ts';
import { decodeRow } from './overlay-row.ts';
import type { OverlayRows } from './overlay.ts';

/**
 * Puts the rows of an overlay in between those of the checkpoint, which come in batches, both in key order. Batches that the
 * overlay has nothing in pass as they are.
 */
export class MergedScan {
  readonly #overlay: OverlayRows;
  readonly #visitor: ScanVisitor;
  readonly #signal: AbortSignal | undefined;
  readonly #out = new RowArena();

  constructor(overlay: OverlayRows, visitor: ScanVisitor, signal: AbortSignal | undefined) {
    this.#overlay = overlay;
    this.#visitor = visitor;
    this.#signal = signal;
  }

  /** Takes the next rows of the checkpoint. */
  async checkpoint(batch: RowBatch): Promise<void> {
    const last = batch.length - 1;
    if (last < 0) return;
    await this.#overlay.fill();
    if (this.#compareHead(batch, last) > 0) {
      await this.#flush();
      await this.#give(batch);
      return;
    }
    for (let row = 0; row <= last; row++) {
      const isNear = this.#compareHead(batch, row) <= 0;
      if (isNear && (await this.#overlayUpTo(batch, row))) continue;
      this.#out.pushSlices(
        batch.keys,
        batch.keyStarts[row] ?? 0,
        batch.keyEnds[row] ?? 0,
        batch.values,
        batch.valueStarts[row] ?? 0,
        batch.valueEnds[row] ?? 0,
      );
      if (this.#isFull()) await this.#flush();
    }
  }

  /** What comes after the last row of the checkpoint. */
  async end(): Promise<void> {
    for (;;) {
      await this.#overlay.fill();
      if (!this.#takeOverlay()) break;
      if (this.#isFull()) await this.#flush();
    }
    await this.#flush();
    throwIfAborted(this.#signal);
    await untilAborted(this.#visitor.end?.(), this.#signal);
  }

  /** Gives the overlay's rows before a row of the checkpoint; `true` when it has one with the same key, given too. */
  async #overlayUpTo(batch: RowBatch, row: number): Promise<boolean> {
    for (;;) {
      const order = this.#compareHead(batch, row);
      if (order > 0) return false;
      this.#takeOverlay();
      await this.#overlay.fill();
      if (this.#isFull()) await this.#flush();
      if (order === 0) return true;
    }
  }

  /** Above 0 when the overlay's next row comes after the given one, or there is none. */
  #compareHead(batch: RowBatch, row: number): number {
    const head = this.#overlay.head;
    if (head === undefined) return 1;
    const [key] = head;
    return compareSlices(key, 0, key.length, batch.keys, batch.keyStarts[row] ?? 0, batch.keyEnds[row] ?? 0);
  }

  /** Whether there was one. A tombstone gives nothing. */
  #takeOverlay(): boolean {
    const head = this.#overlay.head;
    if (head === undefined) return false;
    const [key, full, row] = head;
    const { value } = decodeRow(full, row);
    if (value !== undefined) this.#out.push(key, value);
    this.#overlay.next();
    return true;
  }

  #isFull(): boolean {
    return this.#out.length >= BATCH_ROWS || this.#out.bytes >= BATCH_BYTES;
  }

  async #flush(): Promise<void> {
    if (this.#out.length === 0) return;
    await this.#give(this.#out);
    this.#out.clear();
  }

  async #give(batch: RowBatch): Promise<void> {
    throwIfAborted(this.#signal);
    if (batch.length > 0) await untilAborted(this.#visitor.rows(batch), this.#signal);
    throwIfAborted(this.#signal);
  }
}
