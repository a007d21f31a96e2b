import { readCatalog, type CatalogEntry } from './catalog.ts';
import { CATALOG_TABLE, OWN_PREFIX, folded, generationName, quote } from './identifier.ts';
import type { Connection, SqliteModule } from './load-sqlite.ts';
import type { TableSet } from './table-set.ts';

interface SchemaEntry {
  readonly type: string;
  readonly name: string;
  readonly tbl_name: string;
  readonly sql: string | null;
}

const SCHEMA =
  "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\'";

/**
 * What lies in the file under names that this store uses, or would use, and is not its own; and what from outside the
 * set names its tables or views (a rename would silently bind that to the retained table). One sentence each.
 */
export function foreignParts(sqlite: SqliteModule, db: Connection, store: string, set: TableSet): string[] {
  const schema = db.prepare<[], SchemaEntry>(SCHEMA).all();
  const { entries } = readCatalog(db, store);
  const own = new Set(entries.flatMap((entry) => ownNames(entry)));
  const live = entries.find((entry) => entry.live)?.set;
  const wanted = new Set([set, ...(live === undefined ? [] : [live])].flatMap((one) => names(one)));
  const found = schema
    .filter((part) => part.type !== 'index' && part.type !== 'trigger' && !own.has(folded(part.name)))
    .filter((part) => wanted.has(folded(part.name)) || belongsTo(store, part.name))
    .map((part) => `The ${part.type} \`${part.name}\` has a name of store \`${store}\` and is not its own`);
  return live === undefined ? found : [...found, ...references(sqlite, db, live)];
}

/** Views, triggers and foreign keys from outside a set that lies under its live names. */
export function outsideReferences(sqlite: SqliteModule, db: Connection, set: TableSet): string[] {
  return references(sqlite, db, set);
}

function names(set: TableSet): string[] {
  return [...set.tables, ...set.views].map((part) => folded(part.name));
}

function ownNames({ set, live, marker }: CatalogEntry): string[] {
  if (live) return names(set);
  return set.tables.map((table) => folded(generationName(marker.store, marker.generation, table.name)));
}

function belongsTo(store: string, name: string): boolean {
  const [, generation] = /^__sr_(\d+)_/.exec(name) ?? [];
  return generation !== undefined && name.startsWith(`${generationName(store, Number(generation))}.`);
}

/**
 * Views, triggers and foreign keys from outside that name the set. Found by SQLite itself: in an empty copy of the
 * schema every table and view of the set is renamed, and what changes with it names it.
 */
function references(sqlite: SqliteModule, db: Connection, set: TableSet): string[] {
  const schema = db.prepare<[], SchemaEntry>(SCHEMA).all();
  const columnsOf = db.prepare<[string], string>('SELECT name FROM pragma_table_info(?)').pluck();
  const own = new Set(names(set));
  const declared = new Set(
    set.tables.flatMap((table) => table.triggers.map((trigger) => folded(trigger.name))),
  );
  const outside = schema.filter(
    (part) => !own.has(folded(part.name)) && part.type !== 'index' && !ours(part.name),
  );
  const ownTables = new Set(set.tables.map((table) => folded(table.name)));
  const found = outside
    .filter((part) => part.type === 'trigger' && ownTables.has(folded(part.tbl_name)))
    // Adopted tables keep their triggers' own names.
    .filter((part) => !declared.has(folded(part.name)))
    .map((part) => sentence(part));
  const others = outside.filter((part) => !(part.type === 'trigger' && ownTables.has(folded(part.tbl_name))));
  const memory = new sqlite(':memory:');
  try {
    // A view of the set stands as a table here, too: a view cannot be renamed, and is named in the same ways.
    const parts = [...set.tables, ...set.views].map(({ name }) => name);
    for (const name of parts) {
      const columns = columnsOf.all(name).map(quote);
      memory.exec(`CREATE TABLE ${quote(name)} (${columns.join(', ') || 'unknown'})`);
    }
    const copied = others.filter(({ sql }) => sql !== null && attempt(() => memory.exec(sql)));
    for (const [index, name] of parts.entries()) {
      const sql = `ALTER TABLE ${quote(name)} RENAME TO ${quote(`renamed ${String(index)}`)}`;
      if (attempt(() => memory.exec(sql))) continue;
      return [...found, ...copied.filter((part) => parts.some((one) => mentions(part, one))).map(sentence)];
    }
    const after = memory.prepare<[string], string>('SELECT sql FROM sqlite_schema WHERE name = ?').pluck();
    return [...found, ...copied.filter((part) => after.get(part.name) !== part.sql).map(sentence)];
  } finally {
    memory.close();
  }
}

function ours(name: string): boolean {
  return folded(name).startsWith(OWN_PREFIX) || folded(name).startsWith(CATALOG_TABLE);
}

function attempt(work: () => unknown): boolean {
  try {
    work();
    return true;
  } catch {
    return false;
  }
}

/** Only where SQLite cannot tell, because some other part of the schema is broken: better to refuse once too often. */
function mentions(part: SchemaEntry, name: string): boolean {
  return folded(part.sql ?? '').includes(folded(name));
}

function sentence(part: SchemaEntry): string {
  return `The ${part.type} \`${part.name}\` is not of the set and names its tables; drop it, or declare it in the set`;
}
