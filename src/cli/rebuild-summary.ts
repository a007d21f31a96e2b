import type { ReprocessReport, TaskReport } from '../index.ts';
import { humanCount, humanTime } from './quantities.ts';
import type { Output } from './terminal.ts';
import { textTable } from './text-table.ts';

const SHOWN_RECORDS = 5;

/** The result of a rebuild for people, as lines. */
export function rebuildSummary(report: ReprocessReport, out: Output): readonly string[] {
  return [
    ...taskTable(report, out),
    '',
    ...storeTable(report, out),
    '',
    ...verificationLines(report),
    ...totalLines(report),
  ];
}

function taskTable(report: ReprocessReport, out: Output): readonly string[] {
  return textTable(
    [
      { title: 'Task' },
      { title: 'Rows read', align: 'right' },
      { title: 'Rows written', align: 'right' },
      { title: 'Time', align: 'right' },
      { title: 'Quarantined', align: 'right' },
    ],
    report.tasks.map((task) => [
      task.outcome === 'succeeded' ? task.taskName : `${task.taskName} (${task.outcome})`,
      humanCount(task.rowsRead),
      humanCount(task.rowsWritten),
      humanTime(task.durationMs),
      humanCount(task.quarantined.count),
    ]),
    out.bold,
  );
}

function storeTable(report: ReprocessReport, out: Output): readonly string[] {
  const rows = report.stores.flatMap(({ store, from, to, rows: counts }) =>
    Object.entries(counts).map(([table, count], index) => [
      index === 0 ? store : '',
      index === 0 ? `${from === undefined ? 'none' : String(from)} -> ${String(to)}` : '',
      table,
      humanCount(count),
    ]),
  );
  const columns = [
    { title: 'Store' },
    { title: 'Generation' },
    { title: 'Table' },
    { title: 'Rows', align: 'right' as const },
  ];
  return textTable(columns, rows, out.bold);
}

function verificationLines(report: ReprocessReport): readonly string[] {
  const { verification } = report;
  if (verification === undefined) return [];
  const { mode, seed, tables, durationMs } = verification;
  const counted = tables.reduce((sum, { rowsFound }) => sum + rowsFound, 0);
  const sampled = tables.reduce((sum, one) => sum + one.sampled, 0);
  const read =
    mode === 'full'
      ? `${humanCount(counted)} rows of ${tables.length} tables read back and compared by checksum`
      : `${humanCount(counted)} rows of ${tables.length} tables counted, ${humanCount(sampled)} read back (seed ${seed})`;
  return [`Verified (${mode}) in ${humanTime(durationMs)}: ${read}`];
}

function totalLines(report: ReprocessReport): readonly string[] {
  const sequence = report.snapshot === undefined ? '' : ` from sequence ${String(report.snapshot.sequence)}`;
  const generation = report.generation === undefined ? '' : `; generation ${report.generation} is live`;
  return [`Rebuilt${sequence} in ${humanTime(report.durationMs)}${generation}`];
}

/** What tasks set aside and what they found, with the first keys in readable form. */
export function recordLines(report: ReprocessReport): readonly string[] {
  return [...quarantineLines(report.tasks), ...findingLines(report.tasks)];
}

function quarantineLines(tasks: readonly TaskReport[]): readonly string[] {
  return tasks.flatMap(({ taskName, quarantined }) => {
    if (quarantined.count === 0) return [];
    const first = quarantined.first.slice(0, SHOWN_RECORDS);
    return [
      `Quarantined by ${taskName}: ${humanCount(quarantined.count)} records`,
      ...first.map(({ table, key, reason }) => `  ${table} ${readableKey(key)}: ${reason}`),
      ...moreLine(quarantined.count, first.length),
    ];
  });
}

const EXPLAINED: Readonly<Record<string, string>> = {
  'legacy-orphan': 'LEGACY keys whose parent directory has no marker, booked on their bucket',
  'legacy-directory-marker':
    'LEGACY keys that end in a slash, as directories do, while file-system paths are off',
};

function findingLines(tasks: readonly TaskReport[]): readonly string[] {
  return tasks
    .flatMap(({ findings }) => findings)
    .flatMap(({ kind, count, first }) => {
      const shown = first.slice(0, SHOWN_RECORDS);
      return [
        `Found (${kind}): ${humanCount(count)} ${EXPLAINED[kind] ?? 'records'}`,
        ...shown.map(({ key }) => `  ${readableKey(key)}`),
        ...moreLine(count, shown.length),
      ];
    });
}

function moreLine(count: number, shown: number): readonly string[] {
  return count > shown ? [`  and ${humanCount(count - shown)} more`] : [];
}

/** The warning that the flag and the data contradict each other; `undefined` when they do not. */
export function flagWarning(report: ReprocessReport): string | undefined {
  const markers = report.tasks
    .flatMap(({ findings }) => findings)
    .filter(({ kind }) => kind === 'legacy-directory-marker')
    .reduce((sum, { count }) => sum + count, 0);
  if (markers === 0) return undefined;
  return (
    `${humanCount(markers)} LEGACY keys look like directories. If the Ozone Manager runs with ` +
    'ozone.om.enable.filesystem.paths, rebuild with --filesystem-paths'
  );
}

/** Ozone's keys are text nearly always; what is not is shown in hexadecimal. */
export function readableKey(hex: string): string {
  const bytes = Buffer.from(hex, 'hex');
  const text = bytes.toString('utf8');
  // Control characters would confuse a terminal.
  const isText = Buffer.from(text, 'utf8').equals(bytes) && !/[\u0000-\u001f\u007f-\u009f]/.test(text);
  return isText ? text : `0x${hex}`;
}
