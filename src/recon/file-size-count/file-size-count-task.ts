import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { TaskContext } from '../../task/context.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { quarantineRow } from '../bad-record.ts';
import { netChanges } from '../net-changes.ts';
import { Pacing } from '../pacing.ts';
import type { FileCountBySizeRow, StatsStore } from '../recon-tables.ts';
import { checkTaskOptions, storeName } from '../task-options.ts';
import { FileSizeCounts } from './file-size-counts.ts';

/** @public */
export interface FileSizeCountTaskOptions<Store extends string = 'stats'> {
  /** @defaultValue 'stats' */
  readonly store?: Store;
}

/**
 * Counts the files of FSO buckets (`fileTable`) by volume, bucket and size. Writes `FILE_COUNT_BY_SIZE`, in which the
 * counts of this task and of `FileSizeCountTaskOBS` add up. Rows that cannot be decoded are quarantined.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.FileSizeCountTaskFSO
 * @public
 */
export class FileSizeCountTaskFSO<const Store extends string = 'stats'> implements ReconOmTask<StatsStore> {
  readonly taskName = 'FileSizeCountTaskFSO';
  readonly version = 1;
  readonly store: Store;
  readonly sourceTables = ['fileTable'];

  constructor(options: FileSizeCountTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store']);
    this.store = storeName(options.store, 'stats');
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<StatsStore>): Promise<undefined> {
    await countFileSizes('fileTable', snapshot, context);
    return undefined;
  }

  async process(delta: TaskDelta, context: DeltaContext<StatsStore>): Promise<undefined> {
    await recountFileSizes('fileTable', delta, context);
    return undefined;
  }
}

/**
 * Counts the keys of OBS and LEGACY buckets (`keyTable`), directory markers among them, by volume, bucket and size.
 * Writes `FILE_COUNT_BY_SIZE`, in which the counts of this task and of `FileSizeCountTaskFSO` add up. Rows that cannot
 * be decoded are quarantined.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.FileSizeCountTaskOBS
 * @public
 */
export class FileSizeCountTaskOBS<const Store extends string = 'stats'> implements ReconOmTask<StatsStore> {
  readonly taskName = 'FileSizeCountTaskOBS';
  readonly version = 1;
  readonly store: Store;
  readonly sourceTables = ['keyTable'];

  constructor(options: FileSizeCountTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store']);
    this.store = storeName(options.store, 'stats');
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<StatsStore>): Promise<undefined> {
    await countFileSizes('keyTable', snapshot, context);
    return undefined;
  }

  async process(delta: TaskDelta, context: DeltaContext<StatsStore>): Promise<undefined> {
    await recountFileSizes('keyTable', delta, context);
    return undefined;
  }
}

async function countFileSizes(
  table: string,
  snapshot: TaskSnapshot,
  context: TaskContext<StatsStore>,
): Promise<void> {
  const sink = context.sink('FILE_COUNT_BY_SIZE');
  const counts = new FileSizeCounts();
  const key = new KeyInfo();
  await snapshot.scan(table, {
    rows: (batch) => {
      for (let index = 0; index < batch.length; index++) {
        if (key.decode(batch.values, batch.valueStarts[index] ?? 0, batch.valueEnds[index] ?? 0)) {
          counts.add(batch.values, key);
        } else {
          quarantineRow(context, table, batch, index, key.reason);
        }
      }
    },
  });
  const pacing = new Pacing(context.signal);
  for (const row of counts.rows()) {
    const wait = pacing.row(sink.put(row));
    if (wait !== undefined) await wait;
  }
}

async function recountFileSizes(
  table: string,
  delta: TaskDelta,
  context: DeltaContext<StatsStore>,
): Promise<void> {
  const counts = new FileSizeCounts();
  const record = new KeyInfo();
  for (const { key, before, after } of netChanges(delta.events).get(table) ?? []) {
    if (before !== undefined && record.decode(before, 0, before.length)) counts.add(before, record, -1);
    if (after === undefined) continue;
    if (record.decode(after, 0, after.length)) counts.add(after, record);
    else context.quarantine({ table, key, reason: record.reason });
  }
  // The other counter writes this table in the same transaction: what it has merged is seen here.
  const rows = context.table('FILE_COUNT_BY_SIZE');
  const keys: Pick<FileCountBySizeRow, 'volume' | 'bucket' | 'file_size'>[] = [];
  for (const row of counts.rows()) {
    rows.merge(row);
    keys.push({ volume: row.volume, bucket: row.bucket, file_size: row.file_size });
  }
  for (const [index, row] of (await rows.getMany(keys)).entries()) {
    const key = keys[index];
    if (key !== undefined && row?.count === 0n) rows.del(key);
  }
}
