import type { SourceEvent } from '../../source/delta.ts';
import type { SeededRandom } from '../seeded-random.ts';

/**
 * In which order the events of one delta come.
 *
 * - `in-order`: as they happened.
 * - `across-keys`: shuffled, but events of one key keep their order. For tasks whose source does not tell in which order rows
 *   of one batch were changed.
 * - `one-a-key`: as before, and of one key there is one event at most, from the first value before to the last value after. So an
 *   Ozone Manager writes its batches.
 *
 * @public
 */
export type EventOrder = 'in-order' | 'across-keys' | 'one-a-key';

/** Brings the events of one delta into an order that the source may give them. Sequences go up all the same. */
export function orderedEvents(
  events: readonly SourceEvent[],
  order: EventOrder,
  random: SeededRandom,
): readonly SourceEvent[] {
  if (order === 'in-order') return events;
  const keys = new Map<string, SourceEvent[]>();
  for (const event of events) {
    const name = `${event.table}\0${Buffer.from(event.key).toString('latin1')}`;
    keys.set(name, [...(keys.get(name) ?? []), event]);
  }
  const queues = order === 'one-a-key' ? [...keys.values()].map(joined) : [...keys.values()];
  // Every event draws a place; the places of one key then go to its events in their order.
  const drawn = random.shuffled(queues.flatMap((queue, key) => queue.map(() => key)));
  const next = queues.map((queue) => queue.values());
  const shuffled = drawn.flatMap((key) => next[key]?.next().value ?? []);
  const sequences = shuffled.map(({ sequence }) => sequence).sort(ascending);
  return shuffled.map((event, index) => ({ ...event, sequence: sequences[index] ?? event.sequence }));
}

function ascending(left: bigint, right: bigint): number {
  return left < right ? -1 : Number(left > right);
}

function joined(events: readonly SourceEvent[]): SourceEvent[] {
  return events.slice(-1).map((last) => ({ ...last, before: events[0]?.before }));
}
