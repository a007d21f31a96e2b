import type { SourceEvent } from '../../../src/source/delta.ts';
import { seededRandom } from '../../../src/testing/index.ts';
import { SourceRows } from '../../../src/testing/task/modelled-source.ts';
import { firstBuckets } from './bucket-operations.ts';
import { OM_TABLES, OmModel } from './om-model.ts';
import type { RowChange } from './om-table.ts';
import { OPERATIONS } from './operations.ts';
import { rawChange, spoilt } from './raw-changes.ts';

/** One operation: a name in `OPERATIONS` or a table of `RAW_TABLES`, and the seed of what is random about it. */
export interface Step {
  readonly kind: string;
  readonly seed: number;
}

/** All that makes a history. */
export interface Plan {
  readonly filesystemPaths: boolean;
  /** What happened before the first rebuild. */
  readonly before: readonly Step[];
  /** What happened since, flush by flush. */
  readonly flushes: readonly (readonly Step[])[];
  /** One value in so many is spoilt; none at 0. */
  readonly spoilt: number;
  /** Draws the order of the rows in a batch, which values are spoilt, and how batches are cut and grouped. */
  readonly seed: number;
}

/** What an Ozone Manager went through, as the events that its batches come to. */
export interface OmHistory {
  readonly om: OmModel;
  /** The rows that the events begin at. */
  readonly initial: readonly SourceEvent[];
  /** One after the other, of all batches; sequences go up by one. */
  readonly events: readonly SourceEvent[];
  /** How many events there are up to the end of each batch. */
  readonly batchEnds: readonly number[];
  /** Whether rows were written that are not those of `om`. */
  readonly isRaw: boolean;
  /** What was done, one line each; `undefined` stands for the end of a flush. */
  readonly told: readonly (string | undefined)[];
}

export const FIRST_SEQUENCE = 1000n;

/** Plays a plan. Families and keys of a batch come in any order: the plan's seed draws it. */
export function playPlan({ before, flushes, spoilt: share, seed }: Plan): OmHistory {
  const om = new OmModel();
  const rows = new SourceRows(OM_TABLES);
  const random = seededRandom(seed);
  const told: (string | undefined)[] = [];
  const flush = (steps: readonly Step[]): RowChange[] => {
    const raw: RowChange[] = [];
    for (const { kind, seed: own } of steps) {
      const operation = OPERATIONS[kind];
      if (operation === undefined) raw.push(rawChange(kind, seededRandom(own)));
      else told.push(operation(om, seededRandom(own)) ?? `${kind}: not possible`);
    }
    told.push(undefined);
    return lastOfEachKey([...om.flush(), ...raw]);
  };
  const eventsOf = (changes: readonly RowChange[]): SourceEvent[] =>
    random.shuffled(changes).flatMap(({ table, key, value }) => {
      const held = rows.get(table, key);
      const after =
        value !== undefined && share > 0 && random.below(share) === 0 ? spoilt(random, value) : value;
      rows.apply({ table, key, after });
      // The deletion of a row that is not there says nothing, but has a sequence all the same.
      const event = { sequence: ++sequence, table, key, before: held, after };
      return held === undefined && after === undefined ? [] : [event];
    });

  let sequence = 0n;
  firstBuckets(om);
  const initial = eventsOf(flush(before));
  sequence = FIRST_SEQUENCE;
  const events: SourceEvent[] = [];
  const batchEnds = flushes.map((steps) => events.push(...eventsOf(flush(steps))));
  const isRaw = [before, ...flushes].some((steps) => steps.some(({ kind }) => !(kind in OPERATIONS)));
  return { om, initial, events, batchEnds, isRaw, told };
}

/** A flush writes a key once. */
function lastOfEachKey(changes: readonly RowChange[]): RowChange[] {
  return [
    ...new Map(
      changes.map((change) => [`${change.table}\0${change.key.toString('latin1')}`, change]),
    ).values(),
  ];
}
