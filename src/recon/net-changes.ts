import type { SourceEvent } from '../source/delta.ts';
import { keyName } from '../store/table-changes.ts';

/** What a delta comes to for one row: its value before the first event, and the one after the last. */
export interface NetChange {
  readonly key: Uint8Array;
  /** `undefined` when there was no row. */
  readonly before: Uint8Array | undefined;
  /** `undefined` when there is no row any more. */
  readonly after: Uint8Array | undefined;
}

/**
 * Table → the rows that a delta changes, each once, in the order in which they were first touched. Only the events of one
 * key need to be in order. Rows that end as they began are left out; a table that has events is there all the same.
 */
export function netChanges(events: readonly SourceEvent[]): Map<string, NetChange[]> {
  const tables = new Map<string, Map<string, NetChange>>();
  for (const { table, key, before, after } of events) {
    let rows = tables.get(table);
    if (rows === undefined) {
      rows = new Map();
      tables.set(table, rows);
    }
    const name = keyName(key);
    const earlier = rows.get(name);
    rows.set(name, earlier === undefined ? { key, before, after } : { key, before: earlier.before, after });
  }
  const changes = new Map<string, NetChange[]>();
  for (const [table, rows] of tables) changes.set(table, [...rows.values()].filter(isChange));
  return changes;
}

function isChange({ before, after }: NetChange): boolean {
  if (before === undefined || after === undefined) return before !== after;
  return Buffer.compare(before, after) !== 0;
}
