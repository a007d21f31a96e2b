import type { SqliteReader } from '../../adapters/kysely/index.ts';
import type { ReadonlyTable } from '../../store/table.ts';
import { rowDecoder } from './decode-row.ts';

/** A LevelDB store whose tables are read as bytes: Recon's are declared so, and so are those made from the record. */
export interface BytesReader {
  table(name: string): ReadonlyTable<Buffer, Buffer>;
}

export function isBytesReader(reader: unknown): reader is BytesReader {
  return (
    typeof reader === 'object' && reader !== null && 'table' in reader && typeof reader.table === 'function'
  );
}

export function isSqlReader(reader: unknown): reader is Pick<SqliteReader<unknown>, 'raw'> {
  return typeof reader === 'object' && reader !== null && 'raw' in reader && typeof reader.raw === 'object';
}

/** One object a row, in key order. */
export async function* keyValueLines(
  store: string,
  table: string,
  reader: BytesReader,
  decode: boolean,
): AsyncGenerator<object> {
  const decoder = decode ? rowDecoder(table) : undefined;
  for await (const [key, value] of reader.table(table).iterator()) {
    if (decoder === undefined) yield { store, table, key: key.toString('hex'), value: value.toString('hex') };
    else yield { store, table, ...decoder(key, value) };
  }
}

/** One object a row, in the order of the primary key. */
export async function* sqlLines(
  store: string,
  table: string,
  reader: Pick<SqliteReader<unknown>, 'raw'>,
  primaryKey: readonly string[],
): AsyncGenerator<object> {
  const order = primaryKey.map(quoted).join(', ');
  for await (const row of reader.raw.iterate(`SELECT * FROM ${quoted(table)} ORDER BY ${order}`)) {
    yield { store, table, row };
  }
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}
