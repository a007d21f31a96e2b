import { compareSlices } from './byte-order.ts';
import type { EntryRun, EntrySource } from './entry-run.ts';
import { VALUE } from './internal-key.ts';
import type { RangeDeletion } from './range-deletions.ts';

/** What the WAL files hold of one family, beyond its tables. */
export class Memtable {
  readonly rangeDeletions: RangeDeletion[] = [];
  #bytes: Uint8Array = new Uint8Array(4096);
  #used = 0;
  /** Start of key, start of value, end of value, for each entry. */
  readonly #places: number[] = [];
  readonly #sequences: number[] = [];
  readonly #kinds: number[] = [];
  #run: EntryRun | undefined;

  get length(): number {
    return this.#kinds.length;
  }

  add(kind: number, sequence: number, key: Uint8Array, value: Uint8Array): void {
    const start = this.#used;
    const end = start + key.length + value.length;
    if (end > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(end, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
    }
    this.#bytes.set(key, start);
    this.#bytes.set(value, start + key.length);
    this.#places.push(start, start + key.length, end);
    this.#sequences.push(sequence);
    this.#kinds.push(kind);
    this.#used = end;
    this.#run = undefined;
  }

  /** How many rows more there can be than the tables have. */
  estimateRows(): number {
    let rows = 0;
    for (const kind of this.#kinds) rows += kind === VALUE ? 1 : -1;
    return rows;
  }

  /** All entries in internal-key order. */
  sorted(): EntryRun {
    return (this.#run ??= this.#sort());
  }

  source(): EntrySource {
    let run: EntryRun | undefined = this.sorted();
    return {
      nextRun: () => {
        const all = run;
        run = undefined;
        return Promise.resolve(all?.length === 0 ? undefined : all);
      },
      close: () => Promise.resolve(),
    };
  }

  #sort(): EntryRun {
    const places = this.#places;
    const sequences = this.#sequences;
    const bytes = this.#bytes;
    const at = (place: number): number => places[place] ?? 0;
    const order = Int32Array.from(sequences.keys());
    order.sort((a, b) => {
      const byKey = compareSlices(bytes, at(3 * a), at(3 * a + 1), bytes, at(3 * b), at(3 * b + 1));
      return byKey !== 0 ? byKey : (sequences[b] ?? 0) - (sequences[a] ?? 0);
    });
    return {
      length: order.length,
      keys: bytes,
      keyStarts: order.map((row) => at(3 * row)),
      keyEnds: order.map((row) => at(3 * row + 1)),
      values: bytes,
      valueStarts: order.map((row) => at(3 * row + 1)),
      valueEnds: order.map((row) => at(3 * row + 2)),
      sequences: Float64Array.from(order, (row) => sequences[row] ?? 0),
      kinds: Uint8Array.from(order, (row) => this.#kinds[row] ?? 0),
    };
  }
}
