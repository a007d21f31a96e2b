import type { Insertable, Selectable } from 'kysely';

/**
 * What a column holds, and its type in JavaScript: `text` string, `integer` number (safe integers), `bigint` bigint
 * (64 bits, signed), `real` number, `blob` Uint8Array.
 *
 * @public
 */
export type SqliteColumnType = 'text' | 'integer' | 'bigint' | 'real' | 'blob';

/** The column types that can hold a value of type `Value`. @public */
export type SqliteColumnTypeOf<Value> = Value extends string
  ? 'text'
  : Value extends number
    ? 'integer' | 'real'
    : Value extends bigint
      ? 'bigint'
      : Value extends Uint8Array
        ? 'blob'
        : never;

/** @public */
export interface SqliteColumnOptions<Type extends SqliteColumnType = SqliteColumnType> {
  readonly type: Type;
  /** Whether the column may be null, which a row may then leave out. @defaultValue false */
  readonly nullable?: boolean;
  /** Whether the value may differ between two rebuilds of the same source (a timestamp). @defaultValue false */
  readonly volatile?: boolean;
}

/** A column: its type alone, or with options. A column whose value may be null says so. @public */
export type SqliteColumn<Value = string | number | bigint | Uint8Array | null> = null extends Value
  ? SqliteColumnOptions<SqliteColumnTypeOf<NonNullable<Value>>> & { readonly nullable: true }
  : | SqliteColumnTypeOf<Value>
    | (SqliteColumnOptions<SqliteColumnTypeOf<Value>> & { readonly nullable?: false });

/**
 * An index. Deltas may trade the values of a unique index among the rows of one commit.
 *
 * @public
 */
export interface SqliteIndex<Column extends string = string> {
  readonly name: string;
  readonly columns: readonly Column[];
  /** @defaultValue false */
  readonly unique?: boolean;
}

/**
 * A foreign key to a table of the same set; checked when a generation is prepared, and at the end of each delta's
 * commit, so that the order of the rows never matters. Declare an index on its columns where rows that are referred to
 * get deleted: SQLite else looks through the whole table for each of them.
 *
 * @public
 */
export interface SqliteForeignKey<Column extends string = string, Table extends string = string> {
  readonly columns: readonly Column[];
  /** The columns must be the primary key, or those of a unique index, of that table. */
  readonly references: { readonly table: Table; readonly columns: readonly string[] };
}

/**
 * A trigger on its table. It is created when a generation is prepared: it does not fire for the rows that tasks write,
 * so tables that triggers fill from then on are filled by the tasks in a rebuild.
 *
 * From then on it fires for the rows that deltas write, in the same commit: all deletes first, then the rows. A row whose
 * key is there already is an update. Rows that trade values of a unique index in a ring are updated twice, first to
 * random values.
 *
 * @public
 */
export interface SqliteTrigger {
  readonly name: string;
  readonly on:
    'before insert' | 'before update' | 'before delete' | 'after insert' | 'after update' | 'after delete';
  /** SQL condition over `new` and `old`. */
  readonly when?: string;
  /** SQL statements, each ended by `;`, over the live names. */
  readonly body: string;
}

/** @public */
export type SqliteMergeRule = 'sum' | 'max' | 'min';

/** @public */
export interface SqliteTable<Row = Readonly<Record<string, string | number | bigint | Uint8Array | null>>> {
  readonly columns: { readonly [Column in keyof Row & string]: SqliteColumn<Row[Column]> };
  readonly primaryKey: readonly (keyof Row & string)[];
  readonly indexes?: readonly SqliteIndex<keyof Row & string>[];
  readonly foreignKeys?: readonly SqliteForeignKey<keyof Row & string>[];
  readonly triggers?: readonly SqliteTrigger[];
  /**
   * How two rows of one key become one, across tasks: a rule per column. `sum` is for `integer` and `bigint`. Columns
   * without a rule keep the greater value, so that the order of the rows never matters; null counts as nothing.
   */
  readonly merge?: { readonly [Column in keyof Row & string]?: SqliteMergeRule };
}

/** The declared tables of a store whose Kysely interface is `DB`. @public */
export type SqliteTables<DB> = { readonly [Name in keyof DB & string]?: SqliteTable<Selectable<DB[Name]>> };

/** The declared views: name → the text of a SELECT over the live names, without a schema before them. @public */
export type SqliteViews<DB> = { readonly [Name in keyof DB & string]?: string };

/** Table name → the argument of `sink(table).put(row)`. @public */
export type SqliteRows<DB> = { readonly [Name in keyof DB & string]: [row: Insertable<DB[Name]>] };

/**
 * Table name → what a task reads and writes while it applies a delta: rows as objects, keys as objects of the primary
 * key's columns (of its first columns, in the bounds and the prefix of a range).
 *
 * @public
 */
export type SqliteEntries<DB> = {
  readonly [Name in keyof DB & string]: {
    readonly key: Partial<Selectable<DB[Name]>>;
    readonly value: Selectable<DB[Name]>;
    readonly put: readonly [row: Insertable<DB[Name]>];
    readonly row: readonly [row: Selectable<DB[Name]>];
  };
};

/** A column after the check. */
export interface Column {
  readonly name: string;
  readonly type: SqliteColumnType;
  readonly nullable: boolean;
  readonly volatile: boolean;
}

/** A table after the check, every default filled in. */
export interface Table {
  readonly name: string;
  readonly columns: readonly Column[];
  /** Columns of the primary key, in its order. */
  readonly primaryKey: readonly Column[];
  readonly indexes: readonly {
    readonly name: string;
    readonly columns: readonly string[];
    readonly unique: boolean;
  }[];
  readonly foreignKeys: readonly SqliteForeignKey[];
  readonly triggers: readonly SqliteTrigger[];
  /** `undefined` when rows of one key are not merged. */
  readonly merge: ReadonlyMap<string, SqliteMergeRule> | undefined;
}

/** A view after the check. */
export interface View {
  readonly name: string;
  readonly sql: string;
}

/** What one store declares, or what one of its generations was built as. */
export interface TableSet {
  readonly tables: readonly Table[];
  readonly views: readonly View[];
}
