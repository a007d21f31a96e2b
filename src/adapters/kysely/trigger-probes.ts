import { quote } from './identifier.ts';
import type { Table } from './table-set.ts';

/** Statements that make SQLite compile every trigger of a table, without being run. */
export const TRIGGER_PROBES: readonly ((table: Table) => string)[] = [
  (table) => `INSERT INTO ${quote(table.name)} DEFAULT VALUES`,
  (table) =>
    `UPDATE ${quote(table.name)} SET ${table.columns.map(({ name }) => `${quote(name)} = ${quote(name)}`).join(', ')}`,
  (table) => `DELETE FROM ${quote(table.name)}`,
];
