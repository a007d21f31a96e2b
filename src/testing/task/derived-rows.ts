import { isWithin } from '../../store/changed-range.ts';
import type { GenerationWriter, RowBytes } from '../../store/generation-writer.ts';
import type { KeyRange } from '../../store/open-generation.ts';
import type { TableWrites } from '../../store/store-batch.ts';
import type { StoreAdapter } from '../../store/store.ts';
import type { StoredGeneration } from '../../store/store-transaction.ts';

/**
 * The rows of one store in memory, as the bytes that its adapter makes: what a task writes is encoded, merged and read as in the
 * store itself, without its medium.
 */
export class DerivedRows implements StoredGeneration {
  readonly adapter: StoreAdapter;
  readonly #tables: ReadonlyMap<string, Map<string, RowBytes>>;
  readonly #sorted = new Map<string, readonly RowBytes[]>();

  constructor(adapter: StoreAdapter) {
    this.adapter = adapter;
    this.#tables = new Map(adapter.tables.map(({ name }) => [name, new Map<string, RowBytes>()]));
  }

  /** In key order. */
  all(table: string): readonly RowBytes[] {
    let rows = this.#sorted.get(table);
    if (rows === undefined) {
      rows = [...(this.#tables.get(table)?.values() ?? [])].sort((left, right) =>
        Buffer.compare(left.key, right.key),
      );
      this.#sorted.set(table, rows);
    }
    return rows;
  }

  async getMany(table: string, keys: readonly Uint8Array[]): Promise<(Uint8Array | undefined)[]> {
    const rows = this.#tables.get(table);
    return keys.map((key) => {
      const row = rows?.get(nameOf(key));
      return row === undefined ? undefined : Buffer.from(row.value);
    });
  }

  async *rows(table: string, range: KeyRange = {}): AsyncGenerator<readonly RowBytes[], void, undefined> {
    const { reverse = false, limit = Infinity } = range;
    const within = this.all(table).filter(({ key }) => isWithin(key, range));
    const ordered = reverse ? within.reverse() : within;
    yield ordered
      .slice(0, Math.min(limit, ordered.length))
      .map(({ key, value }) => ({ key: Buffer.from(key), value: Buffer.from(value) }));
  }

  /** What a rebuild writes through. */
  writer(): GenerationWriter {
    return {
      table: (name) => ({
        full: false,
        put: (key, keyLength, value, valueLength) => {
          this.#set(name, key.subarray(0, keyLength), value.subarray(0, valueLength));
        },
        drain: async () => undefined,
      }),
      finish: async () => undefined,
    };
  }

  /** What a delta comes to. */
  apply(writes: readonly TableWrites[]): void {
    for (const { table, rows } of writes) {
      for (const { key, value } of rows) this.#set(table, key, value);
    }
  }

  #set(table: string, key: Uint8Array, value: Uint8Array | undefined): void {
    this.#sorted.delete(table);
    const rows = this.#tables.get(table);
    if (value === undefined) rows?.delete(nameOf(key));
    else rows?.set(nameOf(key), { key: Buffer.from(key), value: Buffer.from(value) });
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.length).toString('latin1');
}
