import type { TaskContext } from '../../task/context.ts';
import type { DeltaContext, TaskDelta } from '../../task/delta-context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import type { StatsStore } from '../recon-tables.ts';
import { checkTaskOptions, storeName } from '../task-options.ts';
import { applyChanges } from './apply-changes.ts';
import { RebuiltMultipart } from './multipart-sink.ts';
import { SizeTotals } from './size-totals.ts';
import { statsOf } from './stats.ts';
import { isCounted, PARTS, tableVisitor, UPLOADS } from './table-visitors.ts';

/** @public */
export interface OmTableInsightTaskOptions<Store extends string = 'stats'> {
  /** @defaultValue 'stats' */
  readonly store?: Store;
  /**
   * Milliseconds since the epoch, for `last_updated_timestamp`.
   *
   * @defaultValue Date.now
   */
  readonly now?: () => number;
}

/**
 * Counts the rows of every table that the Ozone Manager's database has, and adds up the sizes of open keys, of keys that
 * wait to be deleted and of open uploads. Writes `GLOBAL_STATS`: `<table>Count` for every table,
 * `<table>UnReplicatedDataSize` and `<table>ReplicatedDataSize` (bytes) for the four tables that have sizes. Rows of
 * those four and of `multipartPartsTable` that cannot be decoded are quarantined; of the others values are not read.
 * Split uploads and parts are remembered in `OM_SPLIT_UPLOADS` and `OM_UPLOAD_PARTS`, as they may come in any order.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.OmTableInsightTask
 * @public
 */
export class OmTableInsightTask<const Store extends string = 'stats'> implements ReconOmTask<StatsStore> {
  readonly taskName = 'OmTableInsightTask';
  readonly version = 2;
  readonly store: Store;
  readonly sourceTables = [];
  readonly privateTables = ['OM_SPLIT_UPLOADS', 'OM_UPLOAD_PARTS'];
  readonly #now: () => number;

  constructor(options: OmTableInsightTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store', 'now']);
    this.store = storeName(options.store, 'stats');
    this.#now = options.now ?? Date.now;
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<StatsStore>): Promise<undefined> {
    const sink = context.sink('GLOBAL_STATS');
    const totals = new Map<string, SizeTotals>();
    for (const table of snapshot.tables) if (isCounted(table)) totals.set(table, new SizeTotals());
    await scanAll(snapshot, totals, context);
    const writtenAt = this.#now();
    for (const [table, own] of totals) {
      for (const [key, value] of statsOf(table, own)) {
        await sink.put({ key, value, last_updated_timestamp: writtenAt });
      }
    }
    return undefined;
  }

  async process(delta: TaskDelta, context: DeltaContext<StatsStore>): Promise<undefined> {
    await applyChanges(delta, context, this.#now);
    return undefined;
  }
}

async function scanAll(
  snapshot: TaskSnapshot,
  totals: ReadonlyMap<string, SizeTotals>,
  context: TaskContext<StatsStore>,
): Promise<void> {
  const multipart = new RebuiltMultipart(
    totals.get(UPLOADS) ?? new SizeTotals(),
    context.sink('OM_SPLIT_UPLOADS'),
    context.sink('OM_UPLOAD_PARTS'),
  );
  const scan = async (table: string): Promise<void> => {
    const own = totals.get(table);
    if (own === undefined) return;
    await snapshot.scan(table, { rows: tableVisitor(table, { totals: own, context, multipart }) });
  };
  // Parts belong to uploads, so the uploads come first; all other tables are asked for at once.
  const others = [...totals.keys()].filter((table) => table !== UPLOADS && table !== PARTS);
  await Promise.all([scan(UPLOADS).then(() => scan(PARTS)), ...others.map(scan)]);
}
