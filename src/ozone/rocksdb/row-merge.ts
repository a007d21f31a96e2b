import type { RowArena } from '../../source/row-arena.ts';
import { compareSlices } from './byte-order.ts';
import type { EntryRun, EntrySource } from './entry-run.ts';
import { VALUE } from './internal-key.ts';
import type { RangeDeletionSweep } from './range-deletions.ts';

interface Head {
  readonly source: EntrySource;
  run: EntryRun;
  at: number;
}

const ENTRIES_A_TURN = 8192;

/** The newest visible version of each key over several sources, in key order. */
export class RowMerge {
  readonly #sources: readonly EntrySource[];
  readonly #rangeDeletions: RangeDeletionSweep;
  #heads: Head[] | undefined;
  #lastKey = new Uint8Array(256);
  #lastLength = -1;

  constructor(sources: readonly EntrySource[], rangeDeletions: RangeDeletionSweep) {
    this.#sources = sources;
    this.#rangeDeletions = rangeDeletions;
  }

  /**
   * Adds rows until about `bytes` are held, or many entries were looked at (they may all be deleted).
   *
   * @returns whether there are more
   */
  async fill(arena: RowArena, bytes: number): Promise<boolean> {
    const heads = (this.#heads ??= await this.#start());
    for (let looked = 0; arena.bytes < bytes && looked < ENTRIES_A_TURN; looked++) {
      const head = newestOfLeast(heads);
      if (head === undefined) return false;
      this.#take(head, arena);
      head.at++;
      if (head.at < head.run.length) continue;
      const run = await head.source.nextRun();
      if (run === undefined) {
        heads.splice(heads.indexOf(head), 1);
      } else {
        head.run = run;
        head.at = 0;
      }
    }
    return true;
  }

  async #start(): Promise<Head[]> {
    const heads: Head[] = [];
    for (const source of this.#sources) {
      const run = await source.nextRun();
      if (run !== undefined) heads.push({ source, run, at: 0 });
    }
    return heads;
  }

  #take({ run, at }: Head, arena: RowArena): void {
    const keyStart = run.keyStarts[at] ?? 0;
    const keyEnd = run.keyEnds[at] ?? 0;
    // Whatever the newest version is, it decides: older ones are passed over.
    if (compareSlices(run.keys, keyStart, keyEnd, this.#lastKey, 0, this.#lastLength) === 0) return;
    this.#lastLength = keyEnd - keyStart;
    if (this.#lastLength > this.#lastKey.length) this.#lastKey = new Uint8Array(this.#lastLength * 2);
    for (let i = 0; i < this.#lastLength; i++) this.#lastKey[i] = run.keys[keyStart + i] ?? 0;
    if (run.kinds[at] !== VALUE) return;
    if (this.#rangeDeletions.hides(run.keys, keyStart, keyEnd, run.sequences[at] ?? 0)) return;
    arena.pushSlices(
      run.keys,
      keyStart,
      keyEnd,
      run.values,
      run.valueStarts[at] ?? 0,
      run.valueEnds[at] ?? 0,
    );
  }
}

/** There are few heads (the files of level 0, the levels, the WAL), so looking at each is faster than a heap. */
function newestOfLeast(heads: readonly Head[]): Head | undefined {
  let best: Head | undefined;
  for (const head of heads) {
    if (best === undefined || comesBefore(head, best)) best = head;
  }
  return best;
}

function comesBefore(a: Head, b: Head): boolean {
  const byKey = compareSlices(
    a.run.keys,
    a.run.keyStarts[a.at] ?? 0,
    a.run.keyEnds[a.at] ?? 0,
    b.run.keys,
    b.run.keyStarts[b.at] ?? 0,
    b.run.keyEnds[b.at] ?? 0,
  );
  return byKey < 0 || (byKey === 0 && (a.run.sequences[a.at] ?? 0) > (b.run.sequences[b.at] ?? 0));
}
