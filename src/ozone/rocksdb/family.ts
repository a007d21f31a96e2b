import type { EntrySource } from './entry-run.ts';
import { compareInternalKeys } from './internal-key.ts';
import { LevelSource } from './level-source.ts';
import type { ColumnFamily } from './manifest.ts';
import type { Memtable } from './memtable.ts';
import type { RangeDeletion } from './range-deletions.ts';
import { compareBytes } from './byte-order.ts';
import { damaged } from './read-errors.ts';
import type { Table } from './table.ts';
import type { TableIo } from './table-io.ts';

/** One column family, ready to be read: which of its tables overlap, and what hides what. */
export interface Family {
  readonly name: string;
  /** Tables that do not overlap each other, in key order. Each table of level 0 is a run of its own. */
  readonly runs: readonly (readonly Table[])[];
  readonly memtable: Memtable | undefined;
  /** In the order of their starts. */
  readonly rangeDeletions: readonly RangeDeletion[];
  readonly estimatedRows: number;
}

export function assembleFamily(
  { name }: ColumnFamily,
  tables: readonly Table[],
  memtable: Memtable | undefined,
): Family {
  const levels = new Map<number, Table[]>();
  const runs: Table[][] = [];
  for (const table of tables) {
    const { level } = table.file;
    const run = level === 0 ? undefined : levels.get(level);
    if (run !== undefined) {
      run.push(table);
      continue;
    }
    const started = [table];
    runs.push(started);
    levels.set(level, started);
  }
  for (const run of runs) {
    run.sort((a, b) => compareInternalKeys(a.file.smallest, b.file.smallest));
    for (const [i, table] of run.entries()) {
      const next = run[i + 1];
      if (next !== undefined && compareInternalKeys(table.file.largest, next.file.smallest) >= 0) {
        throw damaged(next.path, 0, `its level holds another table with the same keys (${table.path})`);
      }
    }
  }
  const rows = tables.reduce(
    (sum, table) => sum + table.entries - table.deletions,
    memtable?.estimateRows() ?? 0,
  );
  return {
    name,
    runs,
    memtable,
    rangeDeletions: [
      ...tables.flatMap((table) => table.rangeDeletions),
      ...(memtable?.rangeDeletions ?? []),
    ].sort((a, b) => compareBytes(a.start, b.start)),
    estimatedRows: Math.max(0, rows),
  };
}

/** A lone run is read in large windows; many at once in small ones, so that memory stays bounded. */
const LONE_WINDOW_BYTES = 1 << 20;
const SHARED_WINDOW_BYTES = 128 << 10;

export function openSources(family: Family, io: TableIo): EntrySource[] {
  const sources: EntrySource[] = [];
  if (family.memtable !== undefined) sources.push(family.memtable.source());
  const lone = family.runs.length + sources.length === 1;
  for (const run of family.runs) {
    sources.push(new LevelSource(run, io, lone ? LONE_WINDOW_BYTES : SHARED_WINDOW_BYTES));
  }
  return sources;
}
