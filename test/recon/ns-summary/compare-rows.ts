import { inspect } from 'node:util';
import type { StoreAdapter } from '../../../src/store/store.ts';
import type { RowBytes } from '../../../src/store/generation-writer.ts';
import { decodeNSSummary } from '../../../src/recon/index.ts';
import type { DerivedRows } from '../../../src/testing/task/derived-rows.ts';
import type { TaskRun } from '../task-run.ts';

/** The rows that a run wrote to a table. */
export function tableRows(run: TaskRun, table: string): RowBytes[] {
  return Array.from(run.tables.get(table) ?? [], ([key, value]) => ({ key: Buffer.from(key, 'hex'), value }));
}

/** Throws unless the rows are those that a rebuild made, in all tables, byte for byte. */
export function compareRows(adapter: StoreAdapter, rows: DerivedRows, rebuilt: TaskRun): void {
  const lines = adapter.tables.flatMap(({ name }) => {
    const wanted = new Map(tableRows(rebuilt, name).map((row) => [hex(row.key), row.value]));
    const found = new Map(rows.all(name).map((row) => [hex(row.key), row.value]));
    return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((key) => {
      const [is, must] = [found.get(key), wanted.get(key)];
      if (is !== undefined && must !== undefined && Buffer.compare(is, must) === 0) return [];
      return [`${name} ${key} is ${text(name, is)}, must be ${text(name, must)}`];
    });
  });
  if (lines.length > 0) throw new Error(['The rows are not those of a rebuild:', ...lines].join('\n'));
}

function text(table: string, value: Uint8Array | undefined): string {
  if (value === undefined) return 'missing';
  return table === 'namespaceSummaryTable'
    ? inspect(decodeNSSummary(value), { breakLength: Infinity })
    : hex(value);
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
