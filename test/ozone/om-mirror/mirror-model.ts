import { expect } from 'vitest';
import type { SourceEvent } from '../../../src/source/delta.ts';
import type { SourceSnapshot } from '../../../src/source/source.ts';
import { eachRow } from '../checkpoint-fixtures.ts';
import type { BatchRecord } from '../write-batch/batch-writing.ts';

/** The families of the small databases in test/fixtures/ozone/rocksdb, by their ids. */
export const FAMILIES: readonly string[] = ['default', 'volumeTable', 'bucketTable', 'keyTable'];

export interface ModelEvent {
  readonly sequence: bigint;
  readonly table: string;
  readonly key: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
}

/** What a mirror must hold, in plain maps: keys and values are text of one character a byte. */
export class MirrorModel {
  readonly tables: Map<string, Map<string, string>>;

  constructor(tables: Iterable<readonly [string, ReadonlyMap<string, string>]>) {
    this.tables = new Map([...tables].map(([table, rows]) => [table, new Map(rows)]));
  }

  static async of(snapshot: SourceSnapshot): Promise<MirrorModel> {
    const tables = new Map<string, Map<string, string>>();
    for (const table of snapshot.tables) tables.set(table, await textRows(snapshot, table));
    return new MirrorModel(tables);
  }

  copy(): MirrorModel {
    return new MirrorModel(this.tables);
  }

  /**
   * Applies a write batch, and gives what it changes, all with the sequence that it ends at; what lies at or below `after` is
   * passed over.
   */
  apply(first: bigint, records: readonly BatchRecord[], after = -1n): readonly ModelEvent[] {
    const counted = records.flatMap((record) => ('logData' in record || 'noop' in record ? [] : [record]));
    const last = first + BigInt(counted.length) - 1n;
    return counted.flatMap((record, index) =>
      first + BigInt(index) <= after ? [] : this.#change(last, record),
    );
  }

  #change(
    sequence: bigint,
    record: Exclude<BatchRecord, { logData: string } | { noop: true }>,
  ): ModelEvent[] {
    const table = FAMILIES[record.family ?? 0] ?? '';
    const rows = this.tables.get(table);
    if (rows === undefined) return [];
    const event = (key: string, after: string | undefined): ModelEvent[] => {
      const before = rows.get(key);
      if (after === undefined) rows.delete(key);
      else rows.set(key, after);
      return before === undefined && after === undefined ? [] : [{ sequence, table, key, before, after }];
    };
    if ('put' in record) return event(textOf(record.put), textOf(record.value));
    if ('delete' in record) return event(textOf(record.delete), undefined);
    if ('singleDelete' in record) return event(textOf(record.singleDelete), undefined);
    const [from, to] = [textOf(record.deleteFrom), textOf(record.to)];
    // Text of one character a byte is in the order of its bytes.
    const keys = [...rows.keys()].filter((key) => key >= from && key < to).sort(byText);
    return keys.flatMap((key) => event(key, undefined));
  }
}

export function modelEvents(events: readonly SourceEvent[]): readonly ModelEvent[] {
  return events.map(({ sequence, table, key, before, after }) => ({
    sequence,
    table,
    key: textOf(key),
    before: before && textOf(before),
    after: after && textOf(after),
  }));
}

/** All rows, in the order of their keys, by scan and one by one. */
export async function expectRows(snapshot: SourceSnapshot, model: MirrorModel, story: string): Promise<void> {
  for (const [table, rows] of model.tables) {
    const scanned = await textRows(snapshot, table);
    expect([...scanned], `${table}, ${story}`).toEqual(
      [...rows].sort(([left], [right]) => byText(left, right)),
    );
    for (const [key, value] of [...rows].slice(0, 5)) {
      const found = await snapshot.get(table, Buffer.from(key, 'latin1'));
      expect(found && textOf(found), `${table} ${key}, ${story}`).toBe(value);
    }
  }
}

export async function textRows(snapshot: SourceSnapshot, table: string): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  await eachRow(snapshot, table, (key, value) => {
    expect(rows.has(textOf(key)), 'each row comes once').toBe(false);
    rows.set(textOf(key), textOf(value));
  });
  return rows;
}

export function textOf(bytes: Uint8Array | string): string {
  return Buffer.from(bytes).toString('latin1');
}

function byText(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}
