import { generationName, quote } from './identifier.ts';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import { messageOf } from './sqlite-error.ts';
import { TRIGGER_PROBES } from './trigger-probes.ts';
import type { Table, TableSet, View } from './table-set.ts';

/** What builds one generation under its own names. */
export interface GenerationSql {
  /** Tables and their indexes, for the empty generation. */
  readonly create: readonly string[];
  /** Triggers, for when its rows are there. */
  readonly triggers: readonly string[];
}

export function viewSql(view: View): string {
  return `CREATE VIEW ${quote(view.name)} AS ${view.sql}`;
}

/** TEMP views that show a generation's tables, and its views, under the live names. */
export function temporaryViews(set: TableSet, store: string, generation: number): string[] {
  return [
    ...set.tables.map(
      ({ name }) =>
        `CREATE TEMP VIEW ${quote(name)} AS SELECT * FROM main.${quote(generationName(store, generation, name))}`,
    ),
    ...set.views.map((view) => viewSql(view).replace('CREATE VIEW', 'CREATE TEMP VIEW')),
  ];
}

/**
 * The SQL of one generation. Trigger bodies are written over the live names; SQLite itself turns them into the
 * generation's names, by renaming the tables of an empty copy in memory. On the way every declared text is compiled, so
 * that wrong SQL is a `TypeError` when the store is opened and not a failed switch.
 */
export function generationSql(
  sqlite: SqliteModule,
  set: TableSet,
  store: string,
  generation: number,
): GenerationSql {
  const memory = new sqlite(':memory:');
  try {
    for (const table of set.tables) {
      memory.exec(tableSql(table, table.name, (name) => name));
      for (const sql of indexSql(table, table.name, store, generation)) memory.exec(sql);
    }
    for (const table of set.tables) createTriggers(memory, table, store, generation);
    for (const view of set.views) compile(memory, `views.${view.name}`, viewSql(view), true);
    for (const view of set.views)
      compile(memory, `views.${view.name}`, `SELECT * FROM ${quote(view.name)}`, false);
    for (const view of set.views) memory.exec(`DROP VIEW ${quote(view.name)}`);
    for (const { name } of set.tables) {
      memory.exec(`ALTER TABLE ${quote(name)} RENAME TO ${quote(generationName(store, generation, name))}`);
    }
    const triggers = memory
      .prepare<[], string>("SELECT sql FROM sqlite_schema WHERE type = 'trigger'")
      .pluck()
      .all();
    for (const sql of temporaryViews(set, store, generation)) memory.exec(sql);
    for (const view of set.views)
      compile(memory, `views.${view.name}`, `SELECT * FROM ${quote(view.name)}`, false);
    return { create: set.tables.flatMap((table) => createSql(table, store, generation)), triggers };
  } finally {
    memory.close();
  }
}

function createSql(table: Table, store: string, generation: number): string[] {
  const named = (name: string): string => generationName(store, generation, name);
  return [
    tableSql(table, named(table.name), named),
    ...indexSql(table, named(table.name), store, generation),
  ];
}

function tableSql(table: Table, name: string, named: (name: string) => string): string {
  const columns = table.columns.map(
    (column) => `${quote(column.name)} ${STORED[column.type]}${column.nullable ? '' : ' NOT NULL'}`,
  );
  const [first, ...others] = table.primaryKey;
  // A single integer key is the rowid itself; any other key orders the table, without a second tree for it.
  const isRowid = others.length === 0 && (first?.type === 'integer' || first?.type === 'bigint');
  const foreignKeys = table.foreignKeys.map(
    ({ columns: own, references }) =>
      `FOREIGN KEY (${own.map(quote).join(', ')}) REFERENCES ${quote(named(references.table))} ` +
      `(${references.columns.map(quote).join(', ')}) DEFERRABLE INITIALLY DEFERRED`,
  );
  const key = `PRIMARY KEY (${table.primaryKey.map((column) => quote(column.name)).join(', ')})`;
  const parts = [...columns, key, ...foreignKeys].join(', ');
  return `CREATE TABLE ${quote(name)} (${parts}) STRICT${isRowid ? '' : ', WITHOUT ROWID'}`;
}

const STORED = { text: 'TEXT', integer: 'INTEGER', bigint: 'INTEGER', real: 'REAL', blob: 'BLOB' } as const;

function indexSql(table: Table, on: string, store: string, generation: number): string[] {
  return table.indexes.map((index) => {
    const name = generationName(store, generation, table.name, index.name);
    const columns = index.columns.map(quote).join(', ');
    return `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${quote(name)} ON ${quote(on)} (${columns})`;
  });
}

function createTriggers(memory: Connection, table: Table, store: string, generation: number): void {
  for (const trigger of table.triggers) {
    const name = quote(generationName(store, generation, table.name, trigger.name));
    const when = trigger.when === undefined ? '' : ` WHEN (${trigger.when})`;
    const option = `tables.${table.name}.triggers.${trigger.name}`;
    const head = `CREATE TRIGGER ${name} ${trigger.on.toUpperCase()} ON ${quote(table.name)} FOR EACH ROW${when}`;
    compile(memory, option, `${head} BEGIN ${trigger.body} END`, true);
    for (const probe of TRIGGER_PROBES) compile(memory, option, probe(table), false);
  }
}

/** Prepares one statement, and no more than one, and runs it if asked to. */
function compile(memory: Connection, option: string, sql: string, run: boolean): void {
  try {
    const statement = memory.prepare(sql);
    if (run) statement.run();
  } catch (cause) {
    throw new TypeError(
      `Expected \`${option}\` to be SQL over the set's live names, got \`${sql}\` (${messageOf(cause)})`,
      {
        cause,
      },
    );
  }
}
