import type { TableWrites } from '../../store/store-batch.ts';
import type { Connection } from './load-sqlite.ts';
import { sqliteCode } from './sqlite-error.ts';
import type { TableWriter } from './table-writer.ts';

interface Put {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

/**
 * Writes the rows of one table that have a value. SQLite checks unique indexes row by row, although two rows may trade
 * their values. A row that meets one waits for the others, which frees the value as a rule. Where rows wait for each
 * other in a ring, each of them first gives its values up: an update, since a delete would take along what refers to
 * the row and fire delete triggers.
 */
export function putRows(db: Connection, writer: TableWriter, rows: TableWrites['rows']): void {
  let waiting = attempt(db, writer, given(rows));
  // Backwards: values that moved on by one row are free now.
  waiting = attempt(db, writer, waiting.reverse());
  if (waiting.length === 0) return;
  for (const { key } of waiting) writer.release(key);
  for (const { value } of waiting.reverse()) writer.put(value);
}

/** Returns the rows that met a unique index; such a statement leaves nothing behind. */
function attempt(db: Connection, writer: TableWriter, puts: Iterable<Put>): Put[] {
  const waiting: Put[] = [];
  for (const put of puts) {
    try {
      writer.put(put.value);
    } catch (error) {
      if (sqliteCode(error) !== 'SQLITE_CONSTRAINT_UNIQUE' || !db.inTransaction) throw error;
      waiting.push(put);
    }
  }
  return waiting;
}

function* given(rows: TableWrites['rows']): Generator<Put> {
  for (const { key, value } of rows) if (value !== undefined) yield { key, value };
}
