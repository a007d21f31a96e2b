import { expected } from '../../store/expected.ts';
import type { StoreAdapter } from '../../store/store.ts';
import type { TableDefinitions, TableEntries, TableReader, TableRows } from '../../store/table.ts';
import {
  decodeTableRow,
  defineTables,
  encodeTableKey,
  encodeTableRow,
  tableLayouts,
} from '../../store/table.ts';
import { LevelStagedStore } from './level-staged-store.ts';

/** @public */
export interface LevelStoreOptions<T extends TableDefinitions> {
  /** The tables by name; at least one. A table is the sublevel of its name. */
  readonly tables: T;
}

/**
 * A store whose generations are LevelDB directories, `dataDir/stores/<store>/gen-000008`. A switch moves no file. A
 * lease reads it by `lease.store(name).table(table)`.
 *
 * The factory opens nothing; the reprocessor that it is given to closes what it opens. Throws `TypeError` on wrong
 * options.
 *
 * @public
 */
export function levelStore<const T extends TableDefinitions>(
  options: LevelStoreOptions<T>,
): StoreAdapter<TableReader<T>, TableRows<T>, TableEntries<T>> {
  const given: unknown = options;
  if (typeof given !== 'object' || given === null) throw expected('options', 'an object', given);
  const unknownKey = Object.keys(given).find((key) => key !== 'tables');
  if (unknownKey !== undefined) throw expected('options', 'an object with the key tables only', unknownKey);
  const tables = defineTables(options.tables);
  return {
    kind: 'level',
    supports: Object.freeze({ durable: true, adopt: true }),
    tables: tableLayouts(tables),
    encodeRow: (table, row) => encodeTableRow(tables, table, row),
    encodeKey: (table, key) => encodeTableKey(tables, table, key),
    decodeRow: (table, row) => decodeTableRow(tables, table, row),
    open: async (context) => {
      if (context.directory === undefined)
        throw expected('dataDir', 'given, since a LevelDB store is durable', undefined);
      return new LevelStagedStore<T>(context, context.directory, tables);
    },
  };
}
