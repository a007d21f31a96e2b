import { KeyInfo } from '../../ozone/protobuf/key-info.ts';
import type { TaskContext } from '../../task/context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import { quarantineRow } from '../bad-record.ts';
import { Pacing } from '../pacing.ts';
import type { StatsStore } from '../recon-tables.ts';
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
