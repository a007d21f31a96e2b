import { checkKeys, expected } from '../../store/expected.ts';
import { asList, asName, asRecord, asText, oneOf } from './expect-option.ts';
import type { Column, SqliteForeignKey, SqliteMergeRule, SqliteTrigger, Table } from './table-set.ts';

const MERGE_RULES: readonly SqliteMergeRule[] = ['sum', 'max', 'min'];
const TRIGGER_EVENTS: readonly SqliteTrigger['on'][] = [
  'before insert',
  'before update',
  'before delete',
  'after insert',
  'after update',
  'after delete',
];

/** Checks one index of a table. */
export function checkIndex(
  input: unknown,
  columns: ReadonlyMap<string, Column>,
  option: string,
): Table['indexes'][number] {
  const index = asRecord(input, option);
  checkKeys(index, ['name', 'columns', 'unique'], option);
  const unique = index['unique'] ?? false;
  if (typeof unique !== 'boolean') throw expected(`${option}.unique`, 'a boolean', unique);
  const named = asList(index['columns'], `${option}.columns`).map((name) => {
    const column = columns.get(String(name));
    if (column === undefined) throw expected(`${option}.columns`, 'a list of columns of the table', name);
    return column.name;
  });
  if (named.length === 0) throw expected(`${option}.columns`, 'at least one column', named);
  return { name: asName(index['name'], `${option}.name`), columns: named, unique };
}

/** Checks one trigger of a table; that its SQL is right is found out by SQLite when the store is opened. */
export function checkTrigger(input: unknown, option: string): SqliteTrigger {
  const trigger = asRecord(input, option);
  checkKeys(trigger, ['name', 'on', 'when', 'body'], option);
  return {
    name: asName(trigger['name'], `${option}.name`),
    on: oneOf(trigger['on'], TRIGGER_EVENTS, `${option}.on`),
    ...(trigger['when'] === undefined ? {} : { when: asText(trigger['when'], `${option}.when`) }),
    body: asText(trigger['body'], `${option}.body`),
  };
}

/** Checks that a foreign key stays inside the set and points at something unique. */
export function checkForeignKey(table: Table, key: SqliteForeignKey, tables: readonly Table[]): void {
  const option = `tables.${table.name}.foreignKeys`;
  for (const name of key.columns) {
    if (!table.columns.some((column) => column.name === name)) {
      throw expected(`${option}.columns`, 'a list of columns of the table', name);
    }
  }
  const target = tables.find((one) => one.name === key.references.table);
  if (target === undefined)
    throw expected(`${option}.references.table`, 'a table of the same set', key.references.table);
  const wanted = [...key.references.columns].sort().join('\0');
  const keys = [
    target.primaryKey.map((column) => column.name),
    ...target.indexes.filter((index) => index.unique).map((index) => index.columns),
  ];
  if (!keys.some((names) => [...names].sort().join('\0') === wanted)) {
    throw expected(
      `${option}.references.columns`,
      'the primary key or a unique index of that table',
      key.references.columns,
    );
  }
  if (key.columns.length !== key.references.columns.length) {
    throw expected(`${option}.columns`, 'as many columns as it references', key.columns);
  }
}

/** Checks the merge rules of a table. */
export function checkMerge(
  input: unknown,
  columns: ReadonlyMap<string, Column>,
  primaryKey: readonly Column[],
  option: string,
): ReadonlyMap<string, SqliteMergeRule> {
  const rules = new Map<string, SqliteMergeRule>();
  for (const [name, given] of Object.entries(asRecord(input, option))) {
    const column = columns.get(name);
    if (column === undefined || primaryKey.includes(column)) {
      throw expected(option, 'an object of columns outside the primary key', name);
    }
    const rule = oneOf(given, MERGE_RULES, `${option}.${name}`);
    // Adding floating-point numbers depends on the order, and the order in which tasks write is not fixed.
    if (rule === 'sum' && column.type !== 'integer' && column.type !== 'bigint') {
      throw expected(`${option}.${name}`, "a rule for its type ('sum' is for integer and bigint)", given);
    }
    rules.set(name, rule);
  }
  return rules;
}
