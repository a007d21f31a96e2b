import { setImmediate as turn } from 'node:timers/promises';
import { StagedReprocessError, throwIfAborted } from '../errors.ts';
import type { OpenGeneration } from '../store/open-generation.ts';
import { RowDigest } from '../store/row-digest.ts';
import type { StagedTable } from '../store/staged-table.ts';
import type { TableVerification } from './report.ts';

/** A store in memory never waits by itself: after so many rows others run. */
const ROWS_PER_TURN = 4096;

/** Compares what the store holds with what was written: counts, a sample read back, and in `full` every row. */
export async function verifyTable(
  store: string,
  table: StagedTable,
  open: OpenGeneration,
  signal: AbortSignal,
): Promise<TableVerification> {
  const { name, written, digest, sample } = table;
  throwIfAborted(signal);
  const found = digest === undefined ? undefined : await digestOf(open, name, signal);
  const rowsFound = found?.rows ?? (await open.count(name));
  if (rowsFound !== written) {
    throw refused(store, name, `has ${String(rowsFound)} rows, ${String(written)} were written`);
  }
  if (digest !== undefined && found?.equals(digest) === false) {
    const sums = `${String(found)}) than what was written (${String(digest)}`;
    throw refused(store, name, `has another checksum (${sums})`);
  }
  for (const { key, value } of sample.rows) {
    const read = await open.get(name, key);
    if (read === undefined) throw refused(store, name, `lacks the row of key ${hex(key)}`);
    if (Buffer.compare(read, value) !== 0) {
      throw refused(store, name, `has another value under key ${hex(key)}`);
    }
  }
  throwIfAborted(signal);
  return {
    store,
    table: name,
    rowsWritten: written,
    rowsFound,
    sampled: sample.rows.length,
    digest: digest?.toString(),
  };
}

async function digestOf(open: OpenGeneration, table: string, signal: AbortSignal): Promise<RowDigest> {
  const digest = new RowDigest();
  let turnAt = ROWS_PER_TURN;
  for await (const rows of open.rows(table)) {
    for (const { key, value } of rows) digest.add(key, key.length, value, value.length);
    throwIfAborted(signal);
    if (digest.rows < turnAt) continue;
    turnAt = digest.rows + ROWS_PER_TURN;
    await turn();
  }
  return digest;
}

function refused(store: string, table: string, what: string): StagedReprocessError {
  return new StagedReprocessError('REPROCESS_VERIFY_FAILED', `Table '${table}' of store '${store}' ${what}`, {
    details: { store, table },
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
