import { CATALOG_TABLE, OWN_PREFIX, folded } from './identifier.ts';
import { checkForeignKey, checkIndex, checkMerge, checkTrigger } from './check-table-parts.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import { asList, asName, asRecord, asText, oneOf } from './expect-option.ts';
import type { Column, SqliteColumnType, Table, TableSet, View } from './table-set.ts';

const COLUMN_TYPES: readonly SqliteColumnType[] = ['text', 'integer', 'bigint', 'real', 'blob'];
const TABLE_KEYS = ['columns', 'primaryKey', 'indexes', 'foreignKeys', 'triggers', 'merge'];

/** Checks a declared set, given by a host or read back from a marker; throws `TypeError`. */
export function checkTableSet(tables: unknown, views: unknown): TableSet {
  const names = new Set<string>();
  const checked = Object.entries(asRecord(tables, 'tables')).map(([name, table]) => {
    claimName(names, name, 'tables');
    return checkTable(name, table);
  });
  if (checked.length === 0) throw expected('tables', 'at least one table', tables);
  for (const table of checked) {
    for (const key of table.foreignKeys) checkForeignKey(table, key, checked);
  }
  const checkedViews = Object.entries(asRecord(views ?? {}, 'views')).map(([name, sql]): View => {
    claimName(names, name, 'views');
    return { name, sql: asText(sql, `views.${name}`) };
  });
  return { tables: checked, views: checkedViews };
}

function claimName(names: Set<string>, name: string, option: string): void {
  const lower = folded(asName(name, option));
  for (const reserved of [OWN_PREFIX, CATALOG_TABLE, 'sqlite_']) {
    if (lower.startsWith(reserved))
      throw expected(option, `names that do not begin with \`${reserved}\``, name);
  }
  if (names.has(lower)) throw expected(option, 'names that differ by more than their case', name);
  names.add(lower);
}

function checkTable(name: string, input: unknown): Table {
  const option = `tables.${name}`;
  const table = asRecord(input, option);
  checkKeys(table, TABLE_KEYS, option);
  const columns = Object.entries(asRecord(table['columns'], `${option}.columns`)).map(([column, declared]) =>
    checkColumn(column, declared, `${option}.columns.${column}`),
  );
  if (new Set(columns.map((column) => folded(column.name))).size !== columns.length) {
    throw expected(
      `${option}.columns`,
      'names that differ by more than their case',
      columns.map((c) => c.name),
    );
  }
  const byName = new Map(columns.map((column) => [column.name, column]));
  const primaryKey = asList(table['primaryKey'], `${option}.primaryKey`).map((key): Column => {
    const column = byName.get(String(key));
    if (column === undefined) throw expected(`${option}.primaryKey`, 'a list of columns of the table', key);
    if (column.nullable) throw expected(`${option}.primaryKey`, 'a list of columns that are never null', key);
    return column;
  });
  if (primaryKey.length === 0 || new Set(primaryKey).size !== primaryKey.length) {
    throw expected(`${option}.primaryKey`, 'at least one column, none twice', table['primaryKey']);
  }
  const indexes = asList(table['indexes'] ?? [], `${option}.indexes`).map((index) =>
    checkIndex(index, byName, `${option}.indexes`),
  );
  const triggers = asList(table['triggers'] ?? [], `${option}.triggers`).map((trigger) =>
    checkTrigger(trigger, `${option}.triggers`),
  );
  distinct(indexes, `${option}.indexes`);
  distinct(triggers, `${option}.triggers`);
  return {
    name,
    columns,
    primaryKey,
    indexes,
    foreignKeys: asList(table['foreignKeys'] ?? [], `${option}.foreignKeys`).map((key) => {
      const fields = asRecord(key, `${option}.foreignKeys`);
      checkKeys(fields, ['columns', 'references'], `${option}.foreignKeys`);
      const target = asRecord(fields['references'], `${option}.foreignKeys.references`);
      checkKeys(target, ['table', 'columns'], `${option}.foreignKeys.references`);
      return {
        columns: asList(fields['columns'], `${option}.foreignKeys.columns`).map(String),
        references: {
          table: asName(target['table'], `${option}.foreignKeys.references.table`),
          columns: asList(target['columns'], `${option}.foreignKeys.references.columns`).map(String),
        },
      };
    }),
    triggers,
    merge:
      table['merge'] === undefined
        ? undefined
        : checkMerge(table['merge'], byName, primaryKey, `${option}.merge`),
  };
}

function checkColumn(name: string, declared: unknown, option: string): Column {
  asName(name, option);
  if (typeof declared === 'string') {
    return { name, type: oneOf(declared, COLUMN_TYPES, option), nullable: false, volatile: false };
  }
  const fields = asRecord(declared, option);
  checkKeys(fields, ['type', 'nullable', 'volatile'], option);
  return {
    name,
    type: oneOf(fields['type'], COLUMN_TYPES, `${option}.type`),
    nullable: flag(fields['nullable'], `${option}.nullable`),
    volatile: flag(fields['volatile'], `${option}.volatile`),
  };
}

function flag(value: unknown, option: string): boolean {
  if (value === undefined) return false;
  if (typeof value !== 'boolean') throw expected(option, 'a boolean', value);
  return value;
}

function distinct(named: readonly { readonly name: string }[], option: string): void {
  if (new Set(named.map((one) => folded(one.name))).size !== named.length) {
    throw expected(
      option,
      'names that differ by more than their case',
      named.map((one) => one.name),
    );
  }
}
