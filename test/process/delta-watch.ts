import assert from 'node:assert/strict';
import type { DeltaHistory } from './delta-history.ts';
import type { OpenedLine } from './delta-life.ts';
import { rowsAt } from './delta-rows.ts';
import { cursorAt } from './delta-world.ts';

/** What a judge may have to allow: things that a host brings upon itself. */
const HARMLESS = ['DELTA_LOG_FULL', 'REPROCESS_LOG_TRUNCATED', 'FREEZE_TIMEOUT', 'FAIL_POINT'];

/** Judges a home over all the lives of its hosts by what they told before they died. */
export class DeltaWatch {
  readonly #history: DeltaHistory;
  /** Everything up to it was promised: acknowledged as durable, read, or applied. */
  #promised = 0n;
  /** How far the live data of each store was seen. */
  readonly #seen = new Map<string, bigint>();
  /** Consume-then-read pairs that were answered. */
  pairs = 0;
  /** Openings whose data was compared with the model. */
  comparisons = 0;

  constructor(history: DeltaHistory) {
    this.#history = history;
  }

  get promised(): bigint {
    return this.#promised;
  }

  /** @throws AssertionError at the first broken law */
  judge(lines: readonly string[]): void {
    // What was found at opening was fixed before anything else was done, and told behind that.
    const found = lines.find((line) => line.startsWith('opened '));
    if (found !== undefined) this.compare(JSON.parse(found.slice('opened '.length)) as OpenedLine);
    for (const line of lines) {
      const [kind = '', first = '', second = ''] = line.split(' ', 3);
      switch (kind) {
        case 'broken':
          assert.fail(line);
          break;
        case 'alert':
          assert.ok(HARMLESS.includes(first), line);
          break;
        case 'acked':
          this.#promise(BigInt(first));
          break;
        case 'pair':
          this.pairs += 1;
          this.#promise(BigInt(first));
          break;
        case 'applied':
          this.#see(first, BigInt(second));
          break;
        default:
      }
    }
  }

  /** What an opening shows must be the model at exactly the sequences that it tells, and hold all that was promised. */
  compare({ position, cursor, stores }: OpenedLine): void {
    const reached = BigInt(position ?? 0);
    assert.ok(
      reached >= this.#promised,
      `position() is ${String(reached)}, and ${String(this.#promised)} was promised`,
    );
    if (position !== undefined) assert.deepEqual(cursor, this.#cursorOf(reached));
    for (const [store, { sequence, rows }] of Object.entries(stores)) {
      this.#see(store, BigInt(sequence));
      assert.deepEqual(rows, rowsAt(this.#history, store, BigInt(sequence)), `${store} at ${sequence}`);
      this.comparisons += 1;
    }
    this.#promised = reached;
  }

  /** `startEmpty` begins at 0 without a cursor. */
  #cursorOf(sequence: bigint): unknown {
    return sequence === 0n ? undefined : cursorAt(sequence);
  }

  #promise(sequence: bigint): void {
    if (sequence > this.#promised) this.#promised = sequence;
  }

  #see(store: string, sequence: bigint): void {
    const before = this.#seen.get(store) ?? 0n;
    assert.ok(sequence >= before, `${store} went back from ${String(before)} to ${String(sequence)}`);
    this.#seen.set(store, sequence);
  }
}
