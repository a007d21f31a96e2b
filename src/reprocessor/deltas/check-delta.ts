import { isUint8Array } from 'node:util/types';
import type { Delta, SourceEvent } from '../../source/delta.ts';
import { checkKeys, expected } from '../../store/expected.ts';

const DELTA_KEYS = ['after', 'through', 'events', 'cursor', 'history'];
const EVENT_KEYS = ['sequence', 'table', 'key', 'before', 'after', 'data'];
const HIGHEST = (1n << 63n) - 1n;

/** Checks the shape of a delta. Throws `TypeError` that names what is wrong. */
export function checkDelta(delta: Delta): void {
  checkKeys(delta, DELTA_KEYS, 'delta');
  const { after, through, events, history }: { readonly [K in keyof Delta]: unknown } = delta;
  checkSequence('delta.after', after);
  checkSequence('delta.through', through);
  if (through < after) throw expected('delta.through', `at least \`after\`, ${String(after)}`, through);
  if (!Array.isArray(events)) throw expected('delta.events', 'a list of events', events);
  if (history !== undefined && typeof history !== 'string') {
    throw expected('delta.history', 'a string', history);
  }
  let last = after + 1n;
  for (const [index, event] of events.entries()) {
    const sequence = checkEvent(`delta.events[${String(index)}]`, event);
    if (sequence < last || sequence > through) {
      throw expected(
        `delta.events[${String(index)}].sequence`,
        `from ${String(last)} to ${String(through)}, in ascending order`,
        sequence,
      );
    }
    last = sequence;
  }
}

function checkEvent(name: string, given: unknown): bigint {
  checkKeys(given, EVENT_KEYS, name);
  // `checkKeys` has proved that it is an object; its fields are still unknown.
  const event = given as { readonly [K in keyof SourceEvent]: unknown };
  checkSequence(`${name}.sequence`, event.sequence);
  if (typeof event.table !== 'string') throw expected(`${name}.table`, 'a string', event.table);
  if (!isUint8Array(event.key)) throw expected(`${name}.key`, 'a Uint8Array', event.key);
  for (const side of ['before', 'after'] as const) {
    const value = event[side];
    if (value !== undefined && !isUint8Array(value)) throw expected(`${name}.${side}`, 'a Uint8Array', value);
  }
  return event.sequence;
}

export function checkSequence(name: string, value: unknown): asserts value is bigint {
  if (typeof value === 'bigint' && value >= 0n && value <= HIGHEST) return;
  throw expected(name, 'a bigint from 0 to 2^63 - 1', value);
}
