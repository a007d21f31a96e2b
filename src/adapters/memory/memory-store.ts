import { checkKeys } from '../../store/expected.ts';
import type { StoreAdapter } from '../../store/store.ts';
import type { TableDefinitions, TableEntries, TableReader, TableRows } from '../../store/table.ts';
import {
  decodeTableRow,
  defineTables,
  encodeTableKey,
  encodeTableRow,
  tableLayouts,
} from '../../store/table.ts';
import { MemoryStagedStore } from './memory-staged-store.ts';

/** @public */
export interface MemoryStoreOptions<T extends TableDefinitions> {
  /** The tables by name; at least one. */
  readonly tables: T;
}

/**
 * A store whose generations lie in memory, for tests and for data that is quicker rebuilt than kept. It is volatile: it
 * is rebuilt at every open, and markers die with it. A lease reads it like a LevelDB store, by
 * `lease.store(name).table(table)`; keys sort by their encoded bytes.
 *
 * The factory opens nothing; the reprocessor that it is given to closes what it opens. Throws `TypeError` on wrong
 * options.
 *
 * @public
 */
export function memoryStore<const T extends TableDefinitions>(
  options: MemoryStoreOptions<T>,
): StoreAdapter<TableReader<T>, TableRows<T>, TableEntries<T>> {
  checkKeys(options, ['tables']);
  const tables = defineTables(options.tables);
  return {
    kind: 'memory',
    supports: Object.freeze({ durable: false, adopt: false }),
    tables: tableLayouts(tables),
    encodeRow: (table, row) => encodeTableRow(tables, table, row),
    encodeKey: (table, key) => encodeTableKey(tables, table, key),
    decodeRow: (table, row) => decodeTableRow(tables, table, row),
    open: async (context) => new MemoryStagedStore<T>(context, tables),
  };
}
