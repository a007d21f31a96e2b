import { checkKeys, expected } from './expected.ts';
import type { RowBytes } from './generation-writer.ts';
import type { MergeRule } from './merge-rule.ts';
import type { TableLayout } from './store.ts';
import type { AnyEncoding, Decoded, TableEncoding } from './table-encoding.ts';
import { tableEncoding } from './table-encoding.ts';

/** @public */
export interface TableEncodings {
  readonly keyEncoding: AnyEncoding;
  readonly valueEncoding: AnyEncoding;
}

/**
 * One table of a key-value store.
 *
 * @public
 */
export interface TableDefinition extends TableEncodings {
  /** How two values of one key become one; see `TableLayout.merge`. */
  readonly merge?: MergeRule;
}

/**
 * The tables of a key-value store by name. A name is one or more printable ASCII characters from `#` to `~`; the name
 * `staged-reprocessor` is the library's own.
 *
 * @public
 */
export type TableDefinitions = Readonly<Record<string, TableDefinition>>;

/** Table name → arguments of `sink(table).put(...)`. @public */
export type TableRows<T extends TableDefinitions> = {
  readonly [N in keyof T]: readonly [
    key: Decoded<T[N]['keyEncoding']>,
    value: Decoded<T[N]['valueEncoding']>,
  ];
};

/** Table name → what a transaction reads and writes. @public */
export type TableEntries<T extends TableDefinitions> = {
  readonly [N in keyof T]: {
    readonly key: Decoded<T[N]['keyEncoding']>;
    readonly value: Decoded<T[N]['valueEncoding']>;
    readonly put: readonly [key: Decoded<T[N]['keyEncoding']>, value: Decoded<T[N]['valueEncoding']>];
    readonly row: readonly [key: Decoded<T[N]['keyEncoding']>, value: Decoded<T[N]['valueEncoding']>];
  };
};

/**
 * What a lease hands out of a key-value store.
 *
 * @public
 */
export interface TableReader<T extends TableDefinitions> {
  /** Throws `TypeError` on a table that the store does not have. */
  table<N extends Extract<keyof T, string>>(
    name: N,
  ): ReadonlyTable<Decoded<T[N]['keyEncoding']>, Decoded<T[N]['valueEncoding']>>;
}

/**
 * Bounds of an iteration, as in abstract-level: by the bytes of the encoded keys. At most one of `gt` and `gte`, and
 * one of `lt` and `lte`.
 *
 * @public
 */
export interface TableRange<K> {
  readonly gt?: K;
  readonly gte?: K;
  readonly lt?: K;
  readonly lte?: K;
  /** From the last key to the first. @defaultValue false */
  readonly reverse?: boolean;
  /** At most so many rows. @defaultValue Infinity */
  readonly limit?: number;
}

/**
 * One table, read-only, by the names of abstract-level. Everything rejects once the lease is released.
 *
 * @public
 */
export interface ReadonlyTable<K, V> {
  /** `undefined` when there is no such row. */
  get(key: K): Promise<V | undefined>;
  /** In the order of the keys given. */
  getMany(keys: readonly K[]): Promise<(V | undefined)[]>;
  has(key: K): Promise<boolean>;
  iterator(range?: TableRange<K>): TableIterator<[key: K, value: V]>;
  keys(range?: TableRange<K>): TableIterator<K>;
  values(range?: TableRange<K>): TableIterator<V>;
}

/**
 * An open iteration in key order. `for await` and `all()` close it; the end of the lease closes what is left.
 *
 * @public
 */
export interface TableIterator<T> extends AsyncIterable<T> {
  /** `undefined` at the end. */
  next(): Promise<T | undefined>;
  /** At most `size` items; none at the end. */
  nextv(size: number): Promise<T[]>;
  /** All that is left. */
  all(): Promise<T[]>;
  /** May be called twice. */
  close(): Promise<void>;
}

/** A table definition that was checked, with its encodings looked up. */
export interface Table {
  readonly name: string;
  readonly key: TableEncoding<unknown>;
  readonly value: TableEncoding<unknown>;
  readonly merge?: MergeRule;
}

// abstract-level strips `!` from the ends of a sublevel's name, so the reserved `!staged-reprocessor!` lies here.
const RESERVED_NAME = 'staged-reprocessor';
const NAME = /^[#-~]+$/;

/** Checks `tables` as a store factory got them. Throws `TypeError` on a bad name, encoding or merge rule. */
export function defineTables(definitions: TableDefinitions): ReadonlyMap<string, Table> {
  const given: unknown = definitions;
  if (typeof given !== 'object' || given === null || Array.isArray(given)) {
    throw expected('tables', 'an object of table definitions', given);
  }
  const tables = new Map<string, Table>();
  for (const [name, definition] of Object.entries(definitions)) {
    if (!NAME.test(name) || name === RESERVED_NAME) {
      throw expected('tables', `named in ASCII from # to ~ and not "${RESERVED_NAME}"`, name);
    }
    tables.set(name, defineTable(name, definition));
  }
  if (tables.size === 0) throw expected('tables', 'at least one table', given);
  return tables;
}

/** The tables as the engine sees them. */
export function tableLayouts(tables: ReadonlyMap<string, Table>): readonly TableLayout[] {
  return [...tables.values()].map(({ name, merge }) => ({ name, ...(merge === undefined ? {} : { merge }) }));
}

/** The table of a name. Throws `TypeError` when there is none. */
export function tableNamed(tables: ReadonlyMap<string, Table>, name: string): Table {
  const table = tables.get(name);
  if (table === undefined) throw expected('table', `one of ${[...tables.keys()].join(', ')}`, name);
  return table;
}

/** Turns the arguments of `sink(table).put(key, value)` into bytes. Throws `TypeError` on what the table cannot hold. */
export function encodeTableRow(
  tables: ReadonlyMap<string, Table>,
  name: string,
  row: readonly unknown[],
): RowBytes {
  const table = tableNamed(tables, name);
  if (row.length !== 2) throw expected('row', `a key and a value of table ${name}`, row);
  return { key: table.key.encode(row[0]), value: table.value.encode(row[1]) };
}

/** Turns a key into bytes. Throws `TypeError` on what the table cannot hold. */
export function encodeTableKey(tables: ReadonlyMap<string, Table>, name: string, key: unknown): Uint8Array {
  return tableNamed(tables, name).key.encode(key);
}

/** The key and the value of a row. */
export function decodeTableRow(
  tables: ReadonlyMap<string, Table>,
  name: string,
  row: RowBytes,
): readonly [key: unknown, value: unknown] {
  const table = tableNamed(tables, name);
  return [table.key.decode(row.key), table.value.decode(row.value)];
}

const DEFINITION_KEYS: readonly string[] = ['keyEncoding', 'valueEncoding', 'merge'];

function defineTable(name: string, definition: TableDefinition): Table {
  const option = `tables.${name}`;
  checkKeys(definition, DEFINITION_KEYS, option);
  const merge: unknown = definition.merge;
  if (merge !== undefined && typeof merge !== 'function')
    throw expected(`${option}.merge`, 'a function', merge);
  return {
    name,
    key: tableEncoding(definition.keyEncoding, `${option}.keyEncoding`),
    value: tableEncoding(definition.valueEncoding, `${option}.valueEncoding`),
    ...(definition.merge === undefined ? {} : { merge: definition.merge }),
  };
}
