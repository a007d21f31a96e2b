import type { Delta, SourceEvent } from '../../src/source/delta.ts';

/** The events of a sequence follow from its number, so that deltas which overlap agree. Some sequences have none. */
export function eventsOf(sequence: bigint): readonly SourceEvent[] {
  const count = Number((sequence * 7n) % 4n);
  return Array.from({ length: count }, (_, index) => {
    const bytes = (text: string): Uint8Array => new TextEncoder().encode(`${text}-${sequence}-${index}`);
    const kind = (Number(sequence) + index) % 4;
    return {
      sequence,
      table: kind === 3 ? 'volumes' : 'orders',
      key: bytes('key'),
      ...(kind === 0 ? {} : { before: bytes('before') }),
      ...(kind === 1 ? {} : { after: bytes('after') }),
      ...(kind === 2 ? { data: { sequence, at: new Date(Number(sequence)) } } : {}),
    };
  });
}

/** One event with a key of `size` bytes. */
export function event(sequence: bigint, size = 1, data?: unknown): SourceEvent {
  return { sequence, table: 't', key: new Uint8Array(size), ...(data === undefined ? {} : { data }) };
}

/** All events of (after, through]. */
export function eventsBetween(after: bigint, through: bigint): readonly SourceEvent[] {
  const events: SourceEvent[] = [];
  for (let sequence = after + 1n; sequence <= through; sequence++) events.push(...eventsOf(sequence));
  return events;
}

export function delta(after: bigint, through: bigint, cursor?: unknown): Delta {
  return {
    after,
    through,
    events: eventsBetween(after, through),
    ...(cursor === undefined ? {} : { cursor }),
  };
}

export const unlimited = { maxEvents: Infinity, maxBytes: Infinity };
