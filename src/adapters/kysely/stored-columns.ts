import { StagedReprocessError } from '../../errors.ts';
import { folded } from './identifier.ts';
import type { Connection } from './load-sqlite.ts';
import type { Column, Table, TableSet } from './table-set.ts';

interface StoredColumn {
  readonly name: string;
  readonly type: string;
  readonly notnull: number;
  readonly pk: number;
}

/** Checks that the tables of a generation, under the names that they have now, are what its marker says. */
export function checkColumns(
  db: Connection,
  set: TableSet,
  names: ReadonlyMap<string, string>,
  store: string,
): void {
  for (const table of set.tables) {
    const fault = columnFault(db, table, names.get(table.name) ?? table.name);
    if (fault === undefined) continue;
    throw new StagedReprocessError('REPROCESS_STORE_CORRUPT', `Store \`${store}\`: ${fault}`, {
      details: { store, table: table.name },
    });
  }
}

/** What is wrong with a table, in words; `undefined` when it is as declared. */
export function columnFault(db: Connection, table: Table, name: string): string | undefined {
  const stored = db
    .prepare<[string], StoredColumn>('SELECT name, type, "notnull", pk FROM pragma_table_info(?)')
    .all(name);
  if (stored.length === 0) return `table \`${name}\` is missing`;
  const byName = new Map(stored.map((column) => [folded(column.name), column]));
  for (const column of table.columns) {
    const found = byName.get(folded(column.name));
    if (found === undefined) return `table \`${name}\` has no column \`${column.name}\``;
    if (!AFFINITY[column.type].test(found.type)) {
      return `column \`${column.name}\` of \`${name}\` is ${found.type}, declared as ${column.type}`;
    }
    const key = table.primaryKey.indexOf(column) + 1;
    if (found.pk !== key) return `the primary key of \`${name}\` is not as declared (\`${column.name}\`)`;
    byName.delete(folded(column.name));
  }
  const [extra] = byName.values();
  return extra === undefined ? undefined : `table \`${name}\` has the undeclared column \`${extra.name}\``;
}

/** Declared types of a host's own tables that keep such values as they are. */
const AFFINITY: Readonly<Record<Column['type'], RegExp>> = {
  text: /CHAR|CLOB|TEXT/i,
  integer: /INT/i,
  bigint: /INT/i,
  real: /REAL|FLOA|DOUB/i,
  blob: /BLOB|^$/i,
};
