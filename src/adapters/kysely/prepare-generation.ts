import { setImmediate as turn } from 'node:timers/promises';
import { StagedReprocessError } from '../../errors.ts';
import { type CatalogEntry, halfDeleted, requireEntry, writeEntry } from './catalog.ts';
import { foreignError } from './foreign-error.ts';
import { foreignParts } from './foreign-references.ts';
import { generationSql } from './generation-sql.ts';
import { generationName, quote } from './identifier.ts';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import { endRows } from './read-statement.ts';
import { commitSwap, liveEntry } from './swap.ts';
import type { SqliteForeignKey, Table, TableSet } from './table-set.ts';
import type { WriteConnection } from './write-connection.ts';

const TURN_MS = 4;

/**
 * Makes a staged generation ready: its foreign keys are checked, its triggers created (only now, so that they did not
 * fire for the rows of the tasks), its tables analysed, and the switch is tried once and taken back, so that whatever
 * would stop it shows before the switch is decided.
 */
export async function prepareGeneration(
  sqlite: SqliteModule,
  writer: WriteConnection,
  store: string,
  generation: number,
): Promise<void> {
  const db = await writer.connect();
  const entry = requireEntry(db, store, generation);
  if (entry.state === 'ready') return;
  if (entry.state === 'discarding') throw halfDeleted(store, generation);
  const foreign = foreignParts(sqlite, db, store, entry.set);
  if (foreign.length > 0) throw foreignError(store, foreign);
  await checkForeignKeys(writer, entry);
  const { triggers } = generationSql(sqlite, entry.set, store, generation);
  await writer.transaction(() => {
    for (const sql of triggers) db.exec(sql);
    for (const { name } of entry.set.tables)
      db.exec(`ANALYZE ${quote(generationName(store, generation, name))}`);
    const ready: CatalogEntry = { ...entry, state: 'ready' };
    writeEntry(db, ready);
    db.exec('SAVEPOINT trial');
    const from = liveEntry(db, store)?.marker.generation;
    commitSwap(db, store, { from, fromRevision: 0, to: generation, toRevision: 0, revision: 0 });
    for (const sql of readProbes(entry.set)) db.prepare(sql);
    db.exec('ROLLBACK TO trial; RELEASE trial');
  });
}

function readProbes(set: TableSet): string[] {
  return [...set.tables, ...set.views].map(({ name }) => `SELECT * FROM ${quote(name)}`);
}

/** On a connection of its own: while rows are read, nothing else can be done on theirs. */
async function checkForeignKeys(writer: WriteConnection, entry: CatalogEntry): Promise<void> {
  const db = await writer.fast();
  try {
    for (const table of entry.set.tables) {
      for (const key of table.foreignKeys) await checkRows(db, entry, table, key);
    }
  } finally {
    db.close();
  }
}

/** Looks at every row of the referring table, in turns, for one whose key refers to nothing. */
async function checkRows(
  db: Connection,
  entry: CatalogEntry,
  table: Table,
  key: SqliteForeignKey,
): Promise<void> {
  const { store, generation } = entry.marker;
  const named = (name: string): string => quote(generationName(store, generation, name));
  const pairs = key.columns.map((column, index) => {
    const target = key.references.columns[index] ?? column;
    return { own: `child.${quote(column)}`, target: `parent.${quote(target)}` };
  });
  // A foreign key with a null in it refers to nothing and is right.
  const complete = pairs.map(({ own }) => `${own} IS NOT NULL`).join(' AND ');
  const match = pairs.map(({ own, target }) => `${target} = ${own}`).join(' AND ');
  const rows = db
    .prepare<[], number>(
      `SELECT ${complete} AND NOT EXISTS (SELECT 1 FROM ${named(key.references.table)} AS parent WHERE ${match}) ` +
        `FROM ${named(table.name)} AS child`,
    )
    .pluck()
    .iterate();
  let turnAt = performance.now() + TURN_MS;
  try {
    for (const orphan of rows) {
      if (orphan === 1) {
        throw new StagedReprocessError(
          'REPROCESS_VERIFY_FAILED',
          `A row of \`${table.name}\` refers to a row of \`${key.references.table}\` that does not exist`,
          { details: { store, generation, table: table.name, columns: key.columns } },
        );
      }
      if (performance.now() >= turnAt) {
        await turn();
        turnAt = performance.now() + TURN_MS;
      }
    }
  } finally {
    endRows(rows);
  }
}
