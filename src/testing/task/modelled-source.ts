import type { SourceEvent } from '../../source/delta.ts';
import { MemorySnapshot, type SortedSourceRows } from '../../source/memory-snapshot.ts';
import type { BytesOrText } from '../../source/bytes-or-text.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import type { ModelRow, ModelRows, SourceChange, TableRow } from './source-model.ts';

/** What lies in the source instead of a value that the model gave. */
export type Disturb = (row: TableRow) => Uint8Array;

/** Rows of source tables as they are at one moment, moved on by events. */
export class SourceRows implements ModelRows {
  readonly #tables: ReadonlyMap<string, Map<string, ModelRow>>;

  constructor(tables: readonly string[]) {
    this.#tables = new Map(tables.map((table) => [table, new Map<string, ModelRow>()]));
  }

  of(table: string): readonly ModelRow[] {
    return [...this.#table(table).values()];
  }

  get(table: string, key: BytesOrText): Buffer | undefined {
    return this.#table(table).get(bytesOf(key).toString('latin1'))?.value;
  }

  apply({ table, key, after }: Pick<SourceEvent, 'table' | 'key' | 'after'>): void {
    const rows = this.#table(table);
    const row = bytesOf(key);
    const name = row.toString('latin1');
    if (after === undefined) rows.delete(name);
    else rows.set(name, { key: row, value: bytesOf(after) });
  }

  snapshot(sequence: bigint): SourceSnapshot {
    const sorted = new Map<string, SortedSourceRows>();
    for (const [table, rows] of this.#tables) {
      sorted.set(
        table,
        [...rows.values()].sort((left, right) => Buffer.compare(left.key, right.key)),
      );
    }
    return new MemorySnapshot(sequence, undefined, sorted, () => undefined);
  }

  #table(name: string): Map<string, ModelRow> {
    const table = this.#tables.get(name);
    if (table !== undefined) return table;
    throw new TypeError(`The model knows no table '${name}', but ${[...this.#tables.keys()].join(', ')}`);
  }
}

/** The model's operations in, events out. */
export class ModelledSource {
  /** As the model sees them: without what was disturbed. */
  readonly shown: SourceRows;
  readonly #held: SourceRows;
  readonly #disturb: Disturb;

  constructor(tables: readonly string[], disturb: Disturb) {
    this.shown = new SourceRows(tables);
    this.#held = new SourceRows(tables);
    this.#disturb = disturb;
  }

  change({ table, key: given, value: wanted, data }: SourceChange, sequence: bigint): SourceEvent {
    const key = bytesOf(given);
    const before = this.#held.get(table, key);
    const value = wanted === undefined ? undefined : bytesOf(wanted);
    const after = value === undefined ? undefined : this.#disturb({ table, key, value });
    this.shown.apply({ table, key, after: value });
    this.#held.apply({ table, key, after });
    return { sequence, table, key, before, after, ...(data === undefined ? {} : { data }) };
  }
}

function bytesOf(given: BytesOrText): Buffer {
  return typeof given === 'string' ? Buffer.from(given, 'utf8') : Buffer.from(given);
}
