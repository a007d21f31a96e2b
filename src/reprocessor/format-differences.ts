import type { TableDifference } from './report.ts';

const SIGNS = { added: '+', removed: '-', changed: '~' } as const;

/**
 * The differences that a shadow run has found, as text for a person: a line a table, and the first rows that differ.
 *
 * @example
 * ```ts
 * const report = await reprocessor.reprocess({ shadow: true })
 * console.log(formatDifferences(report.differences ?? []))
 * ```
 *
 * @public
 */
export function formatDifferences(differences: readonly TableDifference[]): string {
  const lines = differences.flatMap((table) => [summary(table), ...rows(table)]);
  const differing = differences.filter(({ added, removed, changed }) => added + removed + changed > 0).length;
  const total = `${String(differing)} of ${String(differences.length)} tables differ`;
  return [...lines, total, ''].join('\n');
}

function summary(table: TableDifference): string {
  const { store, table: name, added, removed, changed, rowsLive, rowsStaged } = table;
  const { liveSequence, stagedSequence } = table;
  const counts = `live ${String(rowsLive)} rows, rebuilt ${String(rowsStaged)}`;
  const what =
    added + removed + changed === 0
      ? 'equal'
      : `${String(added)} only rebuilt (+), ${String(removed)} only live (-), ${String(changed)} changed (~)`;
  const sequences =
    liveSequence === stagedSequence
      ? ''
      : `; live at sequence ${String(liveSequence)}, rebuilt at ${String(stagedSequence)}`;
  return `${store}.${name}: ${what}; ${counts}${sequences}`;
}

function rows({ first, added, removed, changed }: TableDifference): readonly string[] {
  const shown = first.map(({ kind, live, staged }) => {
    const text = kind === 'changed' ? `${live ?? ''}\n      is now ${staged ?? ''}` : (staged ?? live ?? '');
    return `  ${SIGNS[kind]} ${text}`;
  });
  const left = added + removed + changed - first.length;
  return left > 0 ? [...shown, `  … and ${String(left)} more`] : shown;
}
