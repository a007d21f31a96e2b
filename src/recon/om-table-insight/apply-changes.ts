import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import { netChanges, type NetChange } from '../net-changes.ts';
import type { StatsStore } from '../recon-tables.ts';
import { applyMultipart, type SizeChange } from './apply-multipart.ts';
import { ChangedUploads } from './changed-uploads.ts';
import { SingleRow } from './single-row.ts';
import { SizeTotals } from './size-totals.ts';
import { addToStats, statsOf } from './stats.ts';
import { isCounted, tableVisitor, UPLOADS } from './table-visitors.ts';

/** Brings the rows of `GLOBAL_STATS`, and what the task remembers, up to date. */
export async function applyChanges(
  delta: TaskDelta,
  context: DeltaContext<StatsStore>,
  now: () => number,
): Promise<void> {
  const uploads = new ChangedUploads();
  const added = new Map<string, bigint>();
  const add = (key: string, value: bigint): void => void added.set(key, (added.get(key) ?? 0n) + value);
  for (const [table, changes] of netChanges(delta.events)) {
    if (!isCounted(table)) continue;
    const { lost, gained } = sizeChange(table, changes, uploads, context);
    // Also where nothing changes in the end: the table may be new.
    for (const [key, value] of statsOf(table, gained)) add(key, value);
    for (const [key, value] of statsOf(table, lost)) add(key, -value);
  }
  const { lost, gained } = await applyMultipart(uploads, context);
  // Without an upload no part counts, and then the table of the uploads may not even be there.
  for (const [key, value] of statsOf(UPLOADS, gained)) if (value !== 0n) add(key, value);
  for (const [key, value] of statsOf(UPLOADS, lost)) if (value !== 0n) add(key, -value);
  await addToStats(context.table('GLOBAL_STATS'), added, now);
}

/** What a table loses and gains, but for what lies in its split uploads: these are gathered in `uploads`. */
function sizeChange(
  table: string,
  changes: readonly NetChange[],
  uploads: ChangedUploads,
  context: DeltaContext<StatsStore>,
): SizeChange {
  const lost = new SizeTotals();
  const gained = new SizeTotals();
  // A value that cannot be decoded was set aside when it came.
  const silent = { quarantine: () => undefined };
  const leave = tableVisitor(table, { totals: lost, context: silent, multipart: uploads.side('old') });
  const come = tableVisitor(table, { totals: gained, context, multipart: uploads.side('now') });
  const row = new SingleRow();
  for (const { key, before, after } of changes) {
    if (before !== undefined) leave(row.set(key, before));
    if (after !== undefined) come(row.set(key, after));
  }
  return { lost, gained };
}
