import type { BlockList } from '../../ozone/protobuf/block-list.ts';
import type { TransactionBytes } from '../../store/transaction-table.ts';
import type { Sink } from '../../task/context.ts';
import { int64Bytes, putInt64 } from '../encodings/big-endian.ts';
import { IdTable } from '../id-table.ts';
import type { Pacing } from '../pacing.ts';

const TWO_32 = 4294967296;

/** Number of (key, version) pairs by container, below zero where a delta takes some away; 23 to 30 bytes a container. */
export class ContainerCounts {
  readonly #ids = new IdTable();
  #counts = new Float64Array(1024);

  /** Counts the distinct pairs of one key. */
  add(blocks: BlockList): void {
    for (let block = 0; block < blocks.length; block++) this.addBlock(blocks, block, 1);
  }

  /** Counts one pair more, or one less. */
  addBlock(blocks: BlockList, block: number, step: 1 | -1): void {
    const index = this.#ids.indexOf(blocks.containerHigh[block] ?? 0, blocks.containerLow[block] ?? 0);
    if (index === this.#counts.length) {
      const larger = new Float64Array(this.#counts.length * 2);
      larger.set(this.#counts);
      this.#counts = larger;
    }
    this.#counts[index] = (this.#counts[index] ?? 0) + step;
  }

  /** Writes the rows of `containerKeyCountTable`, in ascending order. */
  async write(sink: Sink, pacing: Pacing): Promise<void> {
    const key = new Uint8Array(8);
    const value = new Uint8Array(8);
    for (const index of this.#ids.order()) {
      putInt64(key, 0, this.#ids.high[index] ?? 0, this.#ids.low[index] ?? 0);
      const count = this.#counts[index] ?? 0;
      putInt64(value, 0, Math.floor(count / TWO_32), count % TWO_32);
      const wait = pacing.row(sink.putBytes(key, 8, value, 8));
      if (wait !== undefined) await wait;
    }
  }

  /** Adds the counts to the rows of `containerKeyCountTable`; a row that comes to 0 goes. */
  async mergeInto(table: TransactionBytes): Promise<void> {
    const keys: Uint8Array[] = [];
    for (let index = 0; index < this.#ids.length; index++) {
      const count = this.#counts[index] ?? 0;
      if (count === 0) continue;
      const key = new Uint8Array(8);
      putInt64(key, 0, this.#ids.high[index] ?? 0, this.#ids.low[index] ?? 0);
      table.merge(key, int64Bytes(BigInt(count)));
      keys.push(key);
    }
    for (const [index, value] of (await table.getMany(keys)).entries()) {
      const key = keys[index];
      if (key !== undefined && value?.every((byte) => byte === 0) === true) table.del(key);
    }
  }
}
