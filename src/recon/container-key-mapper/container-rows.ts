import type { BlockList } from '../../ozone/protobuf/block-list.ts';
import type { Sink } from '../../task/context.ts';
import { ONE, UNDERSCORE } from './mapping-keys.ts';
import { PendingRows } from './pending-rows.ts';

/**
 * Writes the rows of both mapping tables: `keyContainerTable` in ascending order, `containerKeyTable` in the order in
 * which its rows of one container ascend, so that the sorting sink finds them nearly sorted.
 */
export class ContainerRows {
  readonly #pending: PendingRows;
  readonly #byContainer: Sink;
  readonly #byKey: Sink;
  #row = new Uint8Array(1024);

  constructor(byContainer: Sink, byKey: Sink) {
    this.#byContainer = byContainer;
    this.#byKey = byKey;
    this.#pending = new PendingRows((row, length, keyLength) => {
      this.#take(row, length, keyLength);
    });
  }

  /** Takes the distinct blocks, in ascending order, of the key `bytes[start .. end)`. Keys must ascend. */
  push(bytes: Uint8Array, start: number, end: number, blocks: BlockList): void {
    this.#pending.push(bytes, start, end, blocks);
  }

  /** Writes the rows that still wait. */
  end(): void {
    this.#pending.end();
  }

  // The promises are for loops outside a scan: during one the engine waits by itself after each batch.
  #take(row: Uint8Array, length: number, keyLength: number): void {
    void this.#byKey.putBytes(row, length, ONE, ONE.length);
    if (length > this.#row.length) this.#row = new Uint8Array(length * 2);
    const turned = this.#row;
    const version = keyLength + 1;
    const container = keyLength + 10;
    for (let at = 0; at < 8; at++) {
      turned[at] = row[container + at] ?? 0;
      turned[container + at] = row[version + at] ?? 0;
    }
    turned[8] = UNDERSCORE;
    turned.set(row.subarray(0, keyLength), 9);
    turned[keyLength + 9] = UNDERSCORE;
    void this.#byContainer.putBytes(turned, length, ONE, ONE.length);
  }
}
