import type { BlockList } from '../../ozone/protobuf/block-list.ts';
import type { Sink } from '../../task/context.ts';
import { putInt64 } from '../encodings/big-endian.ts';
import { IdTable } from '../id-table.ts';
import type { Pacing } from '../pacing.ts';

const TWO_32 = 4294967296;

/** Number of (key, version) pairs by container; 23 to 30 bytes a container. */
export class ContainerCounts {
  readonly #ids = new IdTable();
  #counts = new Float64Array(1024);

  /** Counts the distinct pairs of one key. */
  add(blocks: BlockList): void {
    for (let block = 0; block < blocks.length; block++) {
      const index = this.#ids.indexOf(blocks.containerHigh[block] ?? 0, blocks.containerLow[block] ?? 0);
      if (index === this.#counts.length) {
        const larger = new Float64Array(this.#counts.length * 2);
        larger.set(this.#counts);
        this.#counts = larger;
      }
      this.#counts[index] = (this.#counts[index] ?? 0) + 1;
    }
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
}
