import type { SourceEvent } from '../../source/delta.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import type { TaskDelta } from '../../task/delta-context.ts';
import { seededRandom, type SeededRandom } from '../seeded-random.ts';
import { orderedEvents, type EventOrder } from './event-order.ts';
import { ModelledSource, SourceRows, type Disturb } from './modelled-source.ts';
import type { SourceModel } from './source-model.ts';

/** One operation of the source, made. */
export interface Operation {
  readonly sequence: bigint;
  readonly events: readonly SourceEvent[];
}

export interface HistoryOptions {
  readonly model: SourceModel;
  readonly seed: number;
  readonly operations: number;
  readonly order: EventOrder;
  /** Makes what spoils values, now and then. */
  readonly disturb?: (random: SeededRandom) => Disturb;
}

const FIRST_SEQUENCE = 100n;
/** A delta has at most so many operations; one of these is drawn for each. */
const DELTA_SIZES = [1, 1, 2, 5, 12];

/**
 * A source from its first rows on, through random operations. One seed makes one history, whatever is done with it: how it is
 * cut, and what happens meanwhile, is drawn from another stream.
 */
export class History {
  readonly seed: number;
  readonly operations: readonly Operation[];
  readonly random: SeededRandom;
  readonly #options: HistoryOptions;
  readonly #initial: readonly SourceEvent[];

  constructor(options: HistoryOptions) {
    const { model, seed, operations, disturb } = options;
    this.#options = options;
    this.seed = seed;
    this.random = seededRandom(seed ^ 0x5eed);
    const random = seededRandom(seed);
    const source = new ModelledSource(
      model.tables,
      disturb?.(seededRandom(seed ^ 0xbad)) ?? (({ value }) => value),
    );
    this.#initial = Object.entries(model.initial(random)).flatMap(([table, rows]) =>
      Array.from(rows, ([key, value]) => source.change({ table, key, value }, FIRST_SEQUENCE)),
    );
    let sequence = FIRST_SEQUENCE;
    this.operations = Array.from({ length: operations }, () => {
      const changes = model.operation(random, source.shown);
      // Sources leave numbers out.
      sequence += BigInt(1 + random.below(3));
      return { sequence, events: changes.map((change) => source.change(change, sequence)) };
    });
  }

  /** The source's sequence after so many operations. */
  sequenceAt(count: number): bigint {
    return this.operations[count - 1]?.sequence ?? FIRST_SEQUENCE;
  }

  /** Walks through the history once: gives what the source holds after so many operations, and never fewer than before. */
  walk(): (count: number) => SourceSnapshot {
    const rows = new SourceRows(this.#options.model.tables);
    for (const event of this.#initial) rows.apply(event);
    let done = 0;
    return (count) => {
      for (const { events } of this.operations.slice(done, count))
        for (const event of events) rows.apply(event);
      done = count;
      return rows.snapshot(this.sequenceAt(count));
    };
  }

  snapshotAt(count: number): SourceSnapshot {
    return this.walk()(count);
  }

  /** The operations from number `from` up to and without `to`; the same ones are always shuffled in the same way. */
  delta(from: number, to: number): TaskDelta {
    const events = this.operations.slice(from, to).flatMap((operation) => operation.events);
    const random = seededRandom(this.seed + from * 31 + to);
    return {
      after: this.sequenceAt(from),
      through: this.sequenceAt(to),
      events: orderedEvents(events, this.#options.order, random),
    };
  }

  /** Ends of deltas of random sizes, from `first` operations on; never the same one twice. */
  cuts(first: number): readonly number[] {
    const cuts: number[] = [];
    for (let at = first; at < this.operations.length;) {
      at = Math.min(this.operations.length, at + 1 + this.random.below(this.random.pick(DELTA_SIZES)));
      cuts.push(at);
    }
    return cuts;
  }
}
