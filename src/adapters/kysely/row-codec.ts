import { Buffer } from 'node:buffer';
import { StagedReprocessError } from '../../errors.ts';
import type { RowBytes } from '../../store/generation-writer.ts';
import { RowBuffer, type SqliteValue } from './row-buffer.ts';
import { keyValues, rowValues } from './row-values.ts';
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

  /** Encodes a key object; with `partial` it may have the first columns of the primary key alone. */
  encodeKey(key: unknown, partial: boolean): Uint8Array {
    this.#buffer.clear();
    for (const [at, value] of keyValues(this.table, key, partial).entries())
      this.#keyPart(value, this.#keyIndexes[at] ?? 0);
    return this.#buffer.copy();
  }

  /** The encoded value with null in every volatile column. */
  comparable(value: Uint8Array): Uint8Array {
    const { columns } = this.table;
    if (!columns.some((column) => column.volatile)) return value;
    return this.encodeValue(
      this.decodeValue(value).map((stored, index) => (columns[index]?.volatile === true ? null : stored)),
    );
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
    const values = this.decodeKeyParts(bytes);
    if (values.length < this.#keyIndexes.length) throw corrupt('A key is cut off');
    return values;
  }

  /** The values of as many first columns of the primary key as there are. */
  decodeKeyParts(bytes: Uint8Array): SqliteValue[] {
    const reader = new ByteReader(bytes);
    const values: SqliteValue[] = [];
    for (const column of this.table.primaryKey) if (!reader.atEnd) values.push(readKeyPart(reader, column));
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
      return reader.int64();
    case REAL:
      return reader.float64();
    case TEXT:
      return reader.bytes(reader.uint32()).toString();
    case BLOB:
      return reader.bytes(reader.uint32());
    default:
      throw corrupt(`A row has the unknown value tag ${String(tag)}`);
  }
}

function readKeyPart(reader: ByteReader, column: Column): SqliteValue {
  if (column.type === 'text') return reader.ordered().toString();
  if (column.type === 'blob') return reader.ordered();
  const bits = reader.uint64();
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

  get atEnd(): boolean {
    return this.#at === this.#bytes.length;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#skip(1));
  }

  uint32(): number {
    return this.#bytes.readUInt32BE(this.#skip(4));
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8));
  }

  uint64(): bigint {
    return this.#bytes.readBigUInt64BE(this.#skip(8));
  }

  float64(): number {
    return this.#bytes.readDoubleBE(this.#skip(8));
  }

  bytes(length: number): Buffer {
    const start = this.#skip(length);
    return this.#bytes.subarray(start, start + length);
  }

  ordered(): Buffer {
    const plain: number[] = [];
    for (;;) {
      const byte = this.byte();
      if (byte === 0 && this.byte() === 0) return Buffer.from(plain);
      plain.push(byte);
    }
  }

  #skip(length: number): number {
    const start = this.#at;
    if (start + length > this.#bytes.length) throw corrupt('A row is cut off');
    this.#at = start + length;
    return start;
  }

  end(): void {
    if (!this.atEnd) throw corrupt('A row has bytes left over');
  }
}

function corrupt(message: string): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_STORE_CORRUPT', message);
}
