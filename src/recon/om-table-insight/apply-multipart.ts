import { keyName } from '../../store/table-changes.ts';
import type { DeltaContext } from '../../task/delta-context.ts';
import type { StatsStore } from '../recon-tables.ts';
import type { ChangedUpload, ChangedUploads } from './changed-uploads.ts';
import { isSameReplication, type PartReplication } from './part-replication.ts';
import { SizeTotals } from './size-totals.ts';

/** What is taken away from the sizes of a table, and what is added to them. */
export interface SizeChange {
  readonly lost: SizeTotals;
  readonly gained: SizeTotals;
}

/**
 * Works out what split uploads and their parts change in the sizes of the uploads, and remembers them. Where an upload
 * comes, goes or is replicated in another way, all its parts count anew: that of an erasure coded part is not linear.
 */
export async function applyMultipart(
  uploads: ChangedUploads,
  context: DeltaContext<StatsStore>,
): Promise<SizeChange> {
  const change = { lost: new SizeTotals(), gained: new SizeTotals() };
  // All reads come first: a range over a table with changes looks at each of them.
  for (const upload of uploads) await addSizes(upload, context, change);
  const rowTable = context.table('OM_SPLIT_UPLOADS');
  const partTable = context.table('OM_UPLOAD_PARTS');
  for (const { uploadId, rows, parts } of uploads) {
    for (const { bytes, now } of rows.values()) {
      if (now === undefined) rowTable.del({ upload_id: uploadId, row_key: bytes });
      else rowTable.put({ upload_id: uploadId, row_key: bytes, ...now });
    }
    for (const { bytes, now } of parts.values()) {
      if (now === undefined) partTable.del({ upload_id: uploadId, part: bytes });
      else partTable.put({ upload_id: uploadId, part: bytes, size: now });
    }
  }
  return change;
}

async function addSizes(
  upload: ChangedUpload,
  context: DeltaContext<StatsStore>,
  { lost, gained }: SizeChange,
): Promise<void> {
  const { before, after } = await replications(upload, context);
  let oldSizes: Iterable<bigint | undefined>;
  let newSizes: Iterable<bigint | undefined>;
  if (isSameReplication(before, after)) {
    const changes = [...upload.parts.values()];
    oldSizes = changes.map(({ old }) => old);
    newSizes = changes.map(({ now }) => now);
  } else {
    const sizes = new Map<string, bigint>();
    const stored = context.table('OM_UPLOAD_PARTS').range({ prefix: { upload_id: upload.uploadId } });
    for await (const [{ part, size }] of stored) sizes.set(keyName(part), size);
    oldSizes = [...sizes.values()];
    for (const [name, { now }] of upload.parts) {
      if (now === undefined) sizes.delete(name);
      else sizes.set(name, now);
    }
    newSizes = sizes.values();
  }
  addParts(lost, oldSizes, before);
  addParts(gained, newSizes, after);
}

/** How the upload was replicated, and how it is: as the greatest of its row keys says. */
async function replications(
  { uploadId, rows }: ChangedUpload,
  context: DeltaContext<StatsStore>,
): Promise<{ readonly before: PartReplication | undefined; readonly after: PartReplication | undefined }> {
  const known = new Map<string, PartReplication>();
  const stored = context.table('OM_SPLIT_UPLOADS').range({ prefix: { upload_id: uploadId } });
  for await (const [row] of stored) known.set(keyName(row.row_key), row);
  const before = ofGreatest(known);
  for (const [name, { now }] of rows) {
    if (now === undefined) known.delete(name);
    else known.set(name, now);
  }
  return { before, after: ofGreatest(known) };
}

/** The value of the greatest name: one character a byte, names are ordered as bytes are. */
function ofGreatest<T>(values: ReadonlyMap<string, T>): T | undefined {
  let greatest: string | undefined;
  for (const name of values.keys()) if (greatest === undefined || name > greatest) greatest = name;
  return greatest === undefined ? undefined : values.get(greatest);
}

function addParts(
  totals: SizeTotals,
  sizes: Iterable<bigint | undefined>,
  replication: PartReplication | undefined,
): void {
  if (replication === undefined) return;
  for (const size of sizes) if (size !== undefined) totals.addPart(size, replication);
}
