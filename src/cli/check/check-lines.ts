import type { ReprocessReport } from '../../index.ts';
import { humanCount, humanTime } from '../quantities.ts';
import { recordLines } from '../rebuild-summary.ts';
import type { Output } from '../terminal.ts';
import { textTable } from '../text-table.ts';
import type { CheckResult } from './check-run.ts';
import type { TableCheck } from './check-tables.ts';
import { rowLines } from './row-lines.ts';
import { SWAPPED_SIZES } from './swapped-sizes.ts';

/** Rows that are wrong, of any kind. */
export function wrongCount({ missing, extra, different }: TableCheck): number {
  return missing + extra + different;
}

export function totalWrong(tables: readonly TableCheck[]): number {
  return tables.reduce((sum, table) => sum + wrongCount(table), 0);
}

/** The result for people. */
export function checkLines({ sequence, report, tables }: CheckResult, out: Output): readonly string[] {
  const checked = tables.filter((table) => table.checked);
  return [
    `Rebuilt from sequence ${String(sequence)} in ${humanTime(report.durationMs)}`,
    ...recordLines(report),
    '',
    ...totalLines(checked, out),
    ...notCheckedLines(tables),
    ...swappedLines(tables),
    ...checked.flatMap((table) => tableLines(table, out)),
    '',
    ...verdictLines(checked, report, out),
  ];
}

function totalLines(tables: readonly TableCheck[], out: Output): readonly string[] {
  const numbers = ['Recon', 'Rebuilt', 'Missing', 'Too many', 'Differing'];
  const columns = [{ title: 'Rows of' }, ...numbers.map((title) => ({ title, align: 'right' as const }))];
  const rows = tables.map(({ table, rows: { recon, rebuilt }, missing, extra, different }) => [
    table,
    ...[recon, rebuilt, missing, extra, different].map(humanCount),
  ]);
  return textTable(columns, rows, out.bold);
}

function notCheckedLines(tables: readonly TableCheck[]): readonly string[] {
  const names = tables.filter(({ checked }) => !checked).map(({ table }) => table);
  return names.length === 0
    ? []
    : ['', `Not checked, since the folder has no file of it: ${names.join(', ')}`];
}

function swappedLines(tables: readonly TableCheck[]): readonly string[] {
  if (!tables.some(({ swappedSizes }) => swappedSizes)) return [];
  return [
    '',
    `Known defect of Recon: its rebuild stores ${SWAPPED_SIZES.join(' and ')}`,
    "under each other's name, and so they stand here. The two rows are not counted as wrong.",
  ];
}

function tableLines(check: TableCheck, out: Output): readonly string[] {
  const wrong = wrongCount(check);
  if (wrong === 0) return [];
  const hidden = wrong - check.first.length;
  return [
    '',
    out.bold(`${check.table}: ${rowsAre(wrong)} wrong`),
    ...check.first.flatMap(rowLines),
    ...(hidden > 0 ? [`  and ${humanCount(hidden)} more (--limit shows more)`] : []),
  ];
}

function verdictLines(
  tables: readonly TableCheck[],
  report: ReprocessReport,
  out: Output,
): readonly string[] {
  const wrong = totalWrong(tables);
  const all = tables.reduce((sum, { rows }) => sum + rows.rebuilt, 0);
  const quarantined = report.tasks.some((task) => task.quarantined.count > 0);
  const doubt = quarantined
    ? ['Records were quarantined: Recon may have booked them, so rows that they belong to can differ.']
    : [];
  if (wrong === 0) return [`${out.green('Right:')} all ${humanCount(all)} rows are as rebuilt`, ...doubt];
  return [
    `${out.red('Wrong:')} ${rowsAre(wrong)} wrong; ${humanCount(all)} were rebuilt`,
    'Rows differ too when the tables and the checkpoint were not taken at the same sequence.',
    ...doubt,
  ];
}

function rowsAre(count: number): string {
  return count === 1 ? '1 row is' : `${humanCount(count)} rows are`;
}
