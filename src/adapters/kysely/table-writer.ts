import { folded, quote } from './identifier.ts';
import type { Connection, Prepared } from './load-sqlite.ts';
import { RowCodec } from './row-codec.ts';
import type { SqliteValue } from './row-buffer.ts';
import type { SqliteColumnType, Table } from './table-set.ts';

/** A value that no other row holds, and that nobody sees: another one replaces it in the same transaction. */
const UNHELD: Readonly<Record<SqliteColumnType, string>> = {
  text: 'hex(randomblob(16))',
  integer: 'random()',
  bigint: 'random()',
  real: 'CAST(random() AS REAL)',
  blob: 'randomblob(16)',
};

/** Writes single rows of one table, whatever its name is at the moment. */
export class TableWriter {
  readonly #codec: RowCodec;
  readonly #put: (values: readonly SqliteValue[]) => void;
  readonly #del: Prepared;
  readonly #release: Prepared | undefined;
  /** Where each column of the primary key stands among the columns. */
  readonly #keyIndexes: readonly number[];

  constructor(db: Connection, table: Table, name: string) {
    this.#codec = new RowCodec(table);
    this.#keyIndexes = table.primaryKey.map((column) => table.columns.indexOf(column));
    const at = `WHERE ${table.primaryKey.map((column) => `${quote(column.name)} = ?`).join(' AND ')}`;
    this.#del = db.prepare(`DELETE FROM ${quote(name)} ${at}`);
    const released = uniqueColumns(db, table, name).map(
      (column) => `${quote(column.name)} = ${UNHELD[column.type]}`,
    );
    this.#release =
      released.length === 0
        ? undefined
        : db.prepare(`UPDATE ${quote(name)} SET ${released.join(', ')} ${at}`);
    this.#put = this.#putter(db, table, name, at);
  }

  put(value: Uint8Array): void {
    this.#put(this.#codec.decodeValue(value));
  }

  del(key: Uint8Array): void {
    this.#del.run(...this.#codec.decodeKey(key));
  }

  /** Lets the row of this key, if there is one, give up what it holds in unique indexes. */
  release(key: Uint8Array): void {
    this.#release?.run(...this.#codec.decodeKey(key));
  }

  #putter(db: Connection, table: Table, name: string, at: string): (values: readonly SqliteValue[]) => void {
    const list = table.columns.map((column) => quote(column.name)).join(', ');
    const insert = `INSERT INTO ${quote(name)} (${list}) VALUES (${table.columns.map(() => '?').join(', ')})`;
    const others = table.columns.filter((column) => !table.primaryKey.includes(column));
    if (!table.triggers.some((trigger) => trigger.on === 'before insert')) {
      const key = table.primaryKey.map((column) => quote(column.name)).join(', ');
      const set = others.map((column) => `${quote(column.name)} = excluded.${quote(column.name)}`);
      const upsert = db.prepare(
        `${insert} ON CONFLICT (${key}) DO ${set.length === 0 ? 'NOTHING' : `UPDATE SET ${set.join(', ')}`}`,
      );
      return (values) => {
        upsert.run(...values);
      };
    }
    // SQLite fires BEFORE INSERT triggers before it finds out that an upsert is an update.
    const add = db.prepare(insert);
    const find = db.prepare(`SELECT 1 FROM ${quote(name)} ${at}`);
    const set = others.map((column) => `${quote(column.name)} = ?`).join(', ');
    const change = others.length === 0 ? undefined : db.prepare(`UPDATE ${quote(name)} SET ${set} ${at}`);
    const otherIndexes = others.map((column) => table.columns.indexOf(column));
    const pick = (values: readonly SqliteValue[], indexes: readonly number[]): SqliteValue[] =>
      indexes.map((index) => values[index] ?? null);
    return (values) => {
      const key = pick(values, this.#keyIndexes);
      if (find.get(...key) === undefined) add.run(...values);
      else change?.run(...pick(values, otherIndexes), ...key);
    };
  }
}

/** One column of each unique index, outside the primary key: changing it changes what the row holds there. */
function uniqueColumns(db: Connection, table: Table, name: string): Table['columns'] {
  const indexes = db
    .prepare<[string], { index: string; column: string | null }>(
      `SELECT list.name AS "index", info.name AS "column"
       FROM pragma_index_list(?) AS list JOIN pragma_index_info(list.name) AS info
       WHERE list."unique" = 1 AND list.origin <> 'pk' ORDER BY list.seq, info.seqno`,
    )
    .all(name);
  const chosen = new Map<string, Table['columns'][number]>();
  for (const { index, column } of indexes) {
    const found = table.columns.find((one) => column !== null && folded(one.name) === folded(column));
    if (found !== undefined && !table.primaryKey.includes(found) && !chosen.has(index))
      chosen.set(index, found);
  }
  return [...new Set(chosen.values())];
}
