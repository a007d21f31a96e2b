import type { Delta, SourceEvent } from '../../src/source/delta.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';

/** How many keys are counted; all of them are in the stores before anything is measured. */
export const KEYS = 10_000;
export const TABLE = 'orders';

const NAMES = Array.from({ length: KEYS }, (_, index) => `colour-${String(index).padStart(6, '0')}`);
const VALUES = NAMES.map((name) => Buffer.from(name));

/** The key that an event counts for. */
export function countedKey({ after }: SourceEvent): string {
  if (after === undefined) throw new Error('Every event of the benchmark adds a row');
  return Buffer.from(after.buffer, after.byteOffset, after.length).toString('latin1');
}

/** Deltas that add source rows, each counted for a key drawn at random. */
export function makeDeltas(
  from: bigint,
  { deltas, events }: { readonly deltas: number; readonly events: number },
  random: SeededRandom,
): Delta[] {
  return makeWith(from, deltas, events, () => random.below(KEYS));
}

/** Deltas that count every key once. */
export function fillingDeltas(from: bigint): Delta[] {
  let next = 0;
  return makeWith(from, KEYS / 1000, 1000, () => next++);
}

function makeWith(from: bigint, deltas: number, events: number, draw: () => number): Delta[] {
  let sequence = from;
  return Array.from({ length: deltas }, () => {
    const after = sequence;
    const made: SourceEvent[] = [];
    for (let count = 0; count < events; count++) {
      sequence += 1n;
      const value = VALUES[draw()];
      if (value === undefined) throw new Error('A key was drawn that does not exist');
      made.push({ sequence, table: TABLE, key: Buffer.from(`order-${String(sequence)}`), after: value });
    }
    return { after, through: sequence, events: made };
  });
}

/** How often each key is counted. */
export function countsOf(deltas: readonly Delta[]): Map<string, bigint> {
  const counts = new Map<string, bigint>();
  for (const { events } of deltas) {
    for (const event of events) {
      const key = countedKey(event);
      counts.set(key, (counts.get(key) ?? 0n) + 1n);
    }
  }
  return counts;
}
