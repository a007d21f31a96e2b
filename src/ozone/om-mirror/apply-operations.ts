import { StagedReprocessError, throwIfAborted } from '../../errors.ts';
import type { SourceEvent } from '../../source/delta.ts';
import { compareBytes } from '../rocksdb/byte-order.ts';
import type { BatchOperation } from '../write-batch/raw-write-batch.ts';
import type { MirrorView } from './mirror-view.ts';
import { TableRows, textOf, type ChangedRow } from './row-changes.ts';

/** RocksDB's own family: no table of the source, but its operations have sequences too. */
const DEFAULT = 'default';
/** So many rows are looked up between two looks at the signal. */
const ROWS_AT_ONCE = 1024;

export interface AppliedOperations {
  readonly events: readonly SourceEvent[];
  /** The rows as they are after the last operation. */
  readonly tables: readonly TableRows[];
  /** By how many rows each table has grown since the checkpoint. */
  readonly growth: Readonly<Record<string, number>>;
}

/**
 * Turns operations into events with the row's bytes before and after each. Changes nothing. Keys and values are views of the
 * operations' bytes.
 *
 * @throws StagedReprocessError `REPROCESS_FAMILY_UNKNOWN`.
 */
export async function applyOperations(
  view: MirrorView,
  operations: readonly BatchOperation[],
  familyNames: ReadonlyMap<number, string>,
  signal: AbortSignal | undefined,
): Promise<AppliedOperations> {
  const tables = tablesOf(operations, familyNames);
  await loadRows(view, operations, tables, signal);
  const events: SourceEvent[] = [];
  const growth = { ...view.state.growth };
  const change = (sequence: bigint, table: string, row: ChangedRow, after: Uint8Array | undefined): void => {
    const { key, value: before } = row;
    row.value = after;
    // A delete of what is not there changes nothing.
    if (before === undefined && after === undefined) return;
    if (before === undefined) growth[table] = (growth[table] ?? 0) + 1;
    if (after === undefined) growth[table] = (growth[table] ?? 0) - 1;
    events.push({
      sequence,
      table,
      key,
      ...(before === undefined ? {} : { before }),
      ...(after === undefined ? {} : { after }),
    });
  };
  for (const operation of operations) {
    const rows = tables.get(operation.familyId);
    if (rows === undefined) continue;
    const { sequence, kind } = operation;
    if (kind === 'delete-range') {
      const { start, end } = operation;
      await loadRange(view, rows, operation, signal);
      for (const row of rows.between(start, end)) change(sequence, rows.table, row, undefined);
      continue;
    }
    const row = rows.get(operation.key);
    if (row === undefined) throw new Error('A row that an operation touches was not looked up');
    change(sequence, rows.table, row, kind === 'put' ? operation.value : undefined);
  }
  return { events, tables: [...tables.values()], growth };
}

/** The tables that operations touch, by the ids of their families. */
function tablesOf(
  operations: readonly BatchOperation[],
  familyNames: ReadonlyMap<number, string>,
): ReadonlyMap<number, TableRows> {
  const tables = new Map<number, TableRows>();
  for (const { familyId, sequence } of operations) {
    if (tables.has(familyId)) continue;
    const table = familyNames.get(familyId);
    if (table === undefined) {
      throw new StagedReprocessError(
        'REPROCESS_FAMILY_UNKNOWN',
        `A write batch names the column family ${familyId} at sequence ${String(sequence)}, which the checkpoint does not have`,
        { details: { familyId, sequence } },
      );
    }
    if (table !== DEFAULT) tables.set(familyId, new TableRows(familyId, table));
  }
  return tables;
}

/** Looks each row up once, as it was before the first operation. */
async function loadRows(
  view: MirrorView,
  operations: readonly BatchOperation[],
  tables: ReadonlyMap<number, TableRows>,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (const rows of tables.values()) {
    const wanted = new Map<string, Uint8Array>();
    for (const operation of operations) {
      if (operation.familyId !== rows.familyId || operation.kind === 'delete-range') continue;
      wanted.set(textOf(operation.key), operation.key);
    }
    await load(view, rows, [...wanted.values()].sort(compareBytes), signal);
  }
}

/** Looks up the rows in a range that no operation before it has touched. */
async function loadRange(
  view: MirrorView,
  rows: TableRows,
  { start, end }: BatchOperation & { readonly kind: 'delete-range' },
  signal: AbortSignal | undefined,
): Promise<void> {
  const keys = await view.keysBetween(rows.table, start, end, signal === undefined ? {} : { signal });
  await load(
    view,
    rows,
    keys.filter((key) => rows.get(key) === undefined),
    signal,
  );
}

/** The keys must ascend. */
async function load(
  view: MirrorView,
  rows: TableRows,
  keys: readonly Uint8Array[],
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let at = 0; at < keys.length; at += ROWS_AT_ONCE) {
    throwIfAborted(signal);
    const some = keys.slice(at, at + ROWS_AT_ONCE);
    const found = await view.getMany(rows.table, some);
    for (const [i, row] of found.entries()) {
      const key = some[i];
      if (key !== undefined) rows.add(key, row);
    }
  }
}
