import { Buffer } from 'node:buffer';
import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import { RowBuffer, type SqliteValue } from './row-buffer.ts';
import { rowValues } from './row-values.ts';
import type { Column, Table } from './table-set.ts';

const NULL = 0;
const INTEGER = 1;
const REAL = 2;
const TEXT = 3;
const BLOB = 4;

/**
 * Rows of one table as bytes. The key is the primary key, so encoded that keys ascend as SQLite's do; the value is all
 * columns in the order of the declaration.
 */
export class RowCodec {
  readonly table: Table;
  readonly #keyIndexes: readonly number[];
  readonly #buffer = new RowBuffer();

  constructor(table: Table) {
    this.table = table;
    this.#keyIndexes = table.primaryKey.map((column) => table.columns.indexOf(column));
  }

  /** Encodes the argument of `sink(table).put(row)`. */
  encodeRow(row: unknown): RowBytes {
    return this.encode(rowValues(this.table, row));
  }

  /** Encodes the values of all columns, in the order of the declaration. */
  encode(values: readonly SqliteValue[]): RowBytes {
    const buffer = this.#buffer;
    buffer.clear();
    for (const index of this.#keyIndexes) this.#keyPart(values[index] ?? null, index);
    const key = buffer.copy();
    return { key, value: this.encodeValue(values) };
  }

  encodeValue(values: readonly SqliteValue[]): Uint8Array {
    const buffer = this.#buffer;
    buffer.clear();
    for (const value of values) this.#valuePart(value);
    return buffer.copy();
  }

  /** The values of all columns; integers beyond 32 bits are bigint. */
  decodeValue(bytes: Uint8Array): SqliteValue[] {
    const reader = new ByteReader(bytes);
    const values = this.table.columns.map(() => readValue(reader));
    reader.end();
    return values;
  }

  /** The values of the primary key's columns. */
  decodeKey(bytes: Uint8Array): SqliteValue[] {
    const reader = new ByteReader(bytes);
    const values = this.table.primaryKey.map((column) => readKeyPart(reader, column));
    reader.end();
    return values;
  }

  #keyPart(value: SqliteValue, index: number): void {
    if (typeof value === 'bigint') this.#buffer.orderedInt64(value);
    else if (typeof value === 'number') this.#buffer.orderedFloat64(value);
    else if (typeof value === 'string') this.#buffer.ordered(Buffer.from(value));
    else if (value !== null) this.#buffer.ordered(value);
    else
      throw corrupt(
        `\`${this.table.name}\` has a null in \`${this.table.columns[index]?.name ?? ''}\`, its key`,
      );
  }

  #valuePart(value: SqliteValue): void {
    const buffer = this.#buffer;
    if (value === null) {
      buffer.byte(NULL);
    } else if (typeof value === 'bigint') {
      buffer.byte(INTEGER);
      buffer.int64(value);
    } else if (typeof value === 'number') {
      buffer.byte(REAL);
      buffer.float64(value);
    } else if (typeof value === 'string') {
      buffer.byte(TEXT);
      buffer.sized(Buffer.from(value));
    } else {
      buffer.byte(BLOB);
      buffer.sized(value);
    }
  }
}

function readValue(reader: ByteReader): SqliteValue {
  const tag = reader.byte();
  switch (tag) {
    case NULL:
      return null;
    case INTEGER:
      return reader.view(8).getBigInt64(0);
    case REAL:
      return reader.view(8).getFloat64(0);
    case TEXT:
      return reader.bytes(reader.view(4).getUint32(0)).toString();
    case BLOB:
      return reader.bytes(reader.view(4).getUint32(0));
    default:
      throw corrupt(`A row has the unknown value tag ${String(tag)}`);
  }
}

function readKeyPart(reader: ByteReader, column: Column): SqliteValue {
  if (column.type === 'text') return reader.ordered().toString();
  if (column.type === 'blob') return reader.ordered();
  const bits = reader.view(8).getBigUint64(0);
  if (column.type !== 'real') return BigInt.asIntN(64, bits ^ (1n << 63n));
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits >= 1n << 63n ? bits ^ (1n << 63n) : BigInt.asUintN(64, ~bits));
  return view.getFloat64(0);
}

/** Reads on from where it stands; what is cut off or left over is an error. */
class ByteReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  byte(): number {
    return this.view(1).getUint8(0);
  }

  view(length: number): DataView {
    const bytes = this.bytes(length);
    return new DataView(bytes.buffer, bytes.byteOffset, length);
  }

  bytes(length: number): Buffer {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw corrupt('A row is cut off');
    this.#at = start + length;
    return this.#bytes.subarray(start, this.#at);
  }

  ordered(): Buffer {
    const plain: number[] = [];
    for (;;) {
      const byte = this.byte();
      if (byte === 0 && this.byte() === 0) return Buffer.from(plain);
      plain.push(byte);
    }
  }

  end(): void {
    if (this.#at !== this.#bytes.length) throw corrupt('A row has bytes left over');
  }
}

function corrupt(message: string): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_STORE_CORRUPT', message);
}
