import type { TableSet } from './table-set.ts';

/** A table set as JSON in the form in which hosts declare it, so that reading it back is checking a declaration. */
export function recordedSet(set: TableSet): string {
  const tables = set.tables.map((table): [string, object] => [
    table.name,
    {
      columns: Object.fromEntries(
        table.columns.map(({ name, type, nullable, volatile }) => [name, { type, nullable, volatile }]),
      ),
      primaryKey: table.primaryKey.map((column) => column.name),
      indexes: table.indexes,
      foreignKeys: table.foreignKeys,
      triggers: table.triggers,
      ...(table.merge === undefined ? {} : { merge: Object.fromEntries(table.merge) }),
    },
  ]);
  return JSON.stringify({
    tables: Object.fromEntries(tables),
    views: Object.fromEntries(set.views.map((view) => [view.name, view.sql])),
  });
}
