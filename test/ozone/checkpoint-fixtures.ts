import { createHash } from 'node:crypto';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RowBatch, ScanVisitor } from '../../src/source/source.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/ozone');

/** What RocksDB itself read: written by test/fixtures/ozone/RocksFixtures.java. */
export interface Expected {
  readonly sequence: number;
  readonly families: Readonly<Record<string, FamilyDigest>>;
}

export interface FamilyDigest {
  readonly rows: number;
  /** SHA-256 over length-prefixed keys and values, in key order. */
  readonly sha256: string;
}

/** Small databases with one feature each. */
export const rocksExpectations = readExpectations(join(FIXTURES, 'rocksdb/expected.json'));
/** Archives of Ozone Manager checkpoints, by folder and name. */
export const archiveExpectations = readExpectations(join(FIXTURES, 'checkpoints.json'));

export function rocksFixture(name: string): string {
  return join(FIXTURES, 'rocksdb', name);
}

export function archiveFixture(name: string): string {
  return join(FIXTURES, `${name}.tar.gz`);
}

export const rocksFixtureNames = readdirSync(join(FIXTURES, 'rocksdb')).filter(
  (name) => !name.endsWith('.json'),
);

export function makeTempDirectory(): string {
  return mkdtempSync(join(tmpdir(), 'sr-'));
}

/** Runs `use` with a copy of a fixture that it may damage. */
export async function withCopy<T>(name: string, use: (directory: string) => Promise<T>): Promise<T> {
  const directory = makeTempDirectory();
  try {
    cpSync(rocksFixture(name), directory, { recursive: true });
    return await use(directory);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

export interface Scannable {
  scan(table: string, visitor: ScanVisitor): Promise<void>;
}

export async function digestOf(checkpoint: Scannable, table: string): Promise<FamilyDigest> {
  const hash = createHash('sha256');
  let rows = 0;
  await eachRow(checkpoint, table, (key, value) => {
    for (const bytes of [key, value]) {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(bytes.length);
      hash.update(length).update(bytes);
    }
    rows++;
  });
  return { rows, sha256: hash.digest('hex') };
}

export async function digestsOf(
  checkpoint: Scannable,
  tables: Iterable<string>,
): Promise<Record<string, FamilyDigest>> {
  const digests: Record<string, FamilyDigest> = {};
  for (const table of tables) digests[table] = await digestOf(checkpoint, table);
  return digests;
}

export async function eachRow(
  checkpoint: Scannable,
  table: string,
  use: (key: Uint8Array, value: Uint8Array) => void,
): Promise<void> {
  await checkpoint.scan(table, {
    rows(batch: RowBatch) {
      for (let row = 0; row < batch.length; row++) use(batch.key(row), batch.value(row));
    },
  });
}

/** All rows of a table, as hexadecimal key and value. */
export async function rowsOf(checkpoint: Scannable, table: string): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  await eachRow(checkpoint, table, (key, value) => rows.set(hex(key), hex(value)));
  return rows;
}

export function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

export function readExpectations(path: string): Readonly<Record<string, Expected>> {
  // Our own file, checked by the tests that compare it.
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, Expected>;
}
