import type { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import { ExactSums } from '../exact-sums.ts';
import { replicatedPartSize, type PartReplication } from './part-replication.ts';

const UNREPLICATED = 0;
const REPLICATED = 1;

/** Number and sizes of what one table holds; exact, and wrapping at 64 bits as Java's sums do. */
export class SizeTotals {
  count = 0;
  readonly #sums = new ExactSums(2);

  get unreplicated(): bigint {
    return this.#sums.get(UNREPLICATED);
  }

  get replicated(): bigint {
    return this.#sums.get(REPLICATED);
  }

  addSizes(key: KeyInfo): void {
    if (key.wide) {
      this.#sums.addBig(UNREPLICATED, key.sizeBig);
      this.#sums.addBig(REPLICATED, key.replicatedBig);
    } else {
      this.#sums.add(UNREPLICATED, key.size);
      this.#sums.add(REPLICATED, key.replicated);
    }
  }

  /** Adds a part of a split upload, which is replicated as its upload says. */
  addPart(size: bigint, replication: PartReplication): void {
    this.#sums.addBig(UNREPLICATED, size);
    this.#sums.addBig(REPLICATED, replicatedPartSize(size, replication));
  }
}
