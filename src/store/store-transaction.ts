import { changedRange, checkRange } from './changed-range.ts';
import { isSameValue } from './compare-bytes.ts';
import { expected } from './expected.ts';
import type { RowBytes } from './generation-writer.ts';
import type { KeyRange, OpenGeneration } from './open-generation.ts';
import type { TableWrites } from './store-batch.ts';
import type { StoreAdapter } from './store.ts';
import { keyName, TableChanges, type Change } from './table-changes.ts';

/** What a transaction reads from: an open generation that nobody else writes to. */
export type StoredGeneration = Pick<OpenGeneration, 'getMany' | 'rows'>;

/** What a transaction comes to. */
export interface TransactionResult {
  readonly writes: readonly TableWrites[];
  /** Rows added less rows removed, a table. */
  readonly rowsAdded: ReadonlyMap<string, number>;
}

interface TableState {
  readonly changes: TableChanges;
  /** Whether rows can be merged. */
  readonly hasRule: boolean;
  /** What the store holds, as far as it was read: a missing row is `undefined`. */
  readonly stored: Map<string, Uint8Array | undefined>;
}

/** A key and its `keyName`. */
interface NamedKey {
  readonly name: string;
  readonly key: Uint8Array;
}

/** Keys that are looked up at once. */
const LOOK_UP_AT_ONCE = 1000;

/**
 * The writes of one store's tasks, kept in memory until they are committed as one batch. Reads see them over what the
 * store holds, which nothing else changes meanwhile.
 */
export class StoreTransaction {
  readonly #adapter: StoreAdapter;
  readonly #generation: StoredGeneration;
  readonly #tables: ReadonlyMap<string, TableState>;

  constructor(adapter: StoreAdapter, generation: StoredGeneration) {
    this.#adapter = adapter;
    this.#generation = generation;
    this.#tables = new Map(
      adapter.tables.map(({ name, merge }) => [
        name,
        { changes: new TableChanges(merge), hasRule: merge !== undefined, stored: new Map() },
      ]),
    );
  }

  get adapter(): StoreAdapter {
    return this.#adapter;
  }

  async getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const state = this.#state(table);
    const named = keys.map((key) => ({ name: keyName(key), key }));
    // A change says what the row is, but for a merge, which needs the stored value.
    const wanted = named.filter(({ name }) => (state.changes.find(name)?.kind ?? 'merge') === 'merge');
    await this.#lookUp(table, state, wanted);
    return named.map(({ name }) => valueOf(state, name));
  }

  put(table: string, key: Uint8Array, value: Uint8Array): void {
    this.#state(table).changes.put(key, value);
  }

  del(table: string, key: Uint8Array): void {
    this.#state(table).changes.del(key);
  }

  /** Throws `TypeError` in a table without a merge rule. */
  merge(table: string, key: Uint8Array, value: Uint8Array): void {
    const { changes, hasRule } = this.#state(table);
    if (!hasRule) throw expected('table', 'one with a merge rule', table);
    changes.merge(key, value);
  }

  /** The changes of this moment over what is stored. */
  range(table: string, range: KeyRange = {}): AsyncIterable<RowBytes> {
    checkRange(range);
    const { changes } = this.#state(table);
    const now = [...changes.all()].map(([, change]) => change);
    const stored = {
      rows: (bounds: KeyRange) => this.#generation.rows(table, bounds),
      joined: (left: Uint8Array, right: Uint8Array) => changes.joined(left, right),
    };
    return changedRange(stored, now, range);
  }

  /** `undo` takes back what is written from here on. */
  savepoint(): void {
    for (const { changes } of this.#tables.values()) changes.savepoint();
  }

  undo(): void {
    for (const { changes } of this.#tables.values()) changes.undo();
  }

  /** What is to be written: merges are resolved, and what changes nothing is left out. */
  async result(): Promise<TransactionResult> {
    const writes: TableWrites[] = [];
    const rowsAdded = new Map<string, number>();
    for (const [table, state] of this.#tables) {
      if (state.changes.size === 0) continue;
      const changes = [...state.changes.all()];
      await this.#lookUp(
        table,
        state,
        changes.map(([name, { key }]) => ({ name, key })),
      );
      const rows: { key: Uint8Array; value: Uint8Array | undefined }[] = [];
      let added = 0;
      for (const [name, { key }] of changes) {
        const before = state.stored.get(name);
        const value = valueOf(state, name);
        if (isSameValue(before, value)) continue;
        added += Number(value !== undefined) - Number(before !== undefined);
        rows.push({ key, value });
      }
      if (rows.length === 0) continue;
      rows.sort((left, right) => Buffer.compare(left.key, right.key));
      writes.push({ table, rows });
      rowsAdded.set(table, added);
    }
    return { writes, rowsAdded };
  }

  async #lookUp(table: string, { stored }: TableState, rows: readonly NamedKey[]): Promise<void> {
    const missing = rows.filter(({ name }) => !stored.has(name));
    for (let start = 0; start < missing.length; start += LOOK_UP_AT_ONCE) {
      const some = missing.slice(start, start + LOOK_UP_AT_ONCE);
      const values = await this.#generation.getMany(
        table,
        some.map(({ key }) => key),
      );
      for (const [index, { name }] of some.entries()) stored.set(name, values[index]);
    }
  }

  #state(table: string): TableState {
    const state = this.#tables.get(table);
    if (state === undefined) throw expected('table', `one of ${[...this.#tables.keys()].join(', ')}`, table);
    return state;
  }
}

/** The row as the transaction sees it; its stored value must have been looked up where it is needed. */
function valueOf({ changes, stored }: TableState, name: string): Uint8Array | undefined {
  const change: Change | undefined = changes.find(name);
  if (change === undefined) return stored.get(name);
  if (change.kind === 'del') return undefined;
  const before = stored.get(name);
  return change.kind === 'put' || before === undefined ? change.value : changes.joined(before, change.value);
}
