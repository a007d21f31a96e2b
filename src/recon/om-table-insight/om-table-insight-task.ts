import type { TaskContext } from '../../task/context.ts';
import type { TaskSnapshot } from '../../task/snapshot.ts';
import type { ReconOmTask } from '../../task/task.ts';
import type { ScanVisitor } from '../../source/source.ts';
import type { StatsStore } from '../recon-tables.ts';
import { checkTaskOptions, storeName } from '../task-options.ts';
import { SizeTotals } from './size-totals.ts';
import { SplitUploads } from './split-uploads.ts';
import {
  countingVisitor,
  deletedKeysVisitor,
  openKeysVisitor,
  partsVisitor,
  uploadsVisitor,
} from './table-visitors.ts';

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

const OPEN_KEYS = 'openKeyTable';
const OPEN_FILES = 'openFileTable';
const DELETED = 'deletedTable';
const UPLOADS = 'multipartInfoTable';
const PARTS = 'multipartPartsTable';
const SIZED_TABLES: readonly string[] = [OPEN_KEYS, OPEN_FILES, DELETED, UPLOADS];

/**
 * Counts the rows of every table that the Ozone Manager's database has, and adds up the sizes of open keys, of keys that
 * wait to be deleted and of open uploads. Writes `GLOBAL_STATS`: `<table>Count` for every table,
 * `<table>UnReplicatedDataSize` and `<table>ReplicatedDataSize` (bytes) for the four tables that have sizes. Rows of
 * those four and of `multipartPartsTable` that cannot be decoded are quarantined; of the others values are not read.
 *
 * @see org.apache.hadoop.ozone.recon.tasks.OmTableInsightTask
 * @public
 */
export class OmTableInsightTask<const Store extends string = 'stats'> implements ReconOmTask<StatsStore> {
  readonly taskName = 'OmTableInsightTask';
  readonly version = 1;
  readonly store: Store;
  readonly sourceTables = [];
  readonly #now: () => number;

  constructor(options: OmTableInsightTaskOptions<Store> = {}) {
    checkTaskOptions(options, ['store', 'now']);
    this.store = storeName(options.store, 'stats');
    this.#now = options.now ?? Date.now;
  }

  async reprocess(snapshot: TaskSnapshot, context: TaskContext<StatsStore>): Promise<undefined> {
    const sink = context.sink('GLOBAL_STATS');
    const totals = new Map<string, SizeTotals>();
    for (const table of snapshot.tables) if (table !== 'default') totals.set(table, new SizeTotals());
    await scanAll(snapshot, totals, context);
    const writtenAt = this.#now();
    for (const [table, { count, unreplicated, replicated }] of totals) {
      const rows: [key: string, value: bigint][] = [[`${table}Count`, BigInt(count)]];
      if (SIZED_TABLES.includes(table)) {
        rows.push([`${table}UnReplicatedDataSize`, unreplicated], [`${table}ReplicatedDataSize`, replicated]);
      }
      for (const [key, value] of rows) await sink.put({ key, value, last_updated_timestamp: writtenAt });
    }
    return undefined;
  }
}

async function scanAll(
  snapshot: TaskSnapshot,
  totals: ReadonlyMap<string, SizeTotals>,
  context: TaskContext<StatsStore>,
): Promise<void> {
  const split = new SplitUploads();
  // Parts belong to uploads, so the uploads come first; all other tables are asked for at once.
  const uploads = totals.get(UPLOADS) ?? new SizeTotals();
  const uploadsRead = totals.has(UPLOADS)
    ? snapshot.scan(UPLOADS, uploadsVisitor(UPLOADS, uploads, split, context))
    : Promise.resolve();
  const scans = [uploadsRead];
  for (const [table, own] of totals) {
    if (table === UPLOADS) continue;
    if (table !== PARTS) scans.push(snapshot.scan(table, visitorOf(table, own, context)));
    else
      scans.push(
        uploadsRead.then(() => snapshot.scan(PARTS, partsVisitor(PARTS, own, uploads, split, context))),
      );
  }
  await Promise.all(scans);
}

function visitorOf(table: string, totals: SizeTotals, context: TaskContext<StatsStore>): ScanVisitor {
  switch (table) {
    case OPEN_KEYS:
    case OPEN_FILES:
      return openKeysVisitor(table, totals, context);
    case DELETED:
      return deletedKeysVisitor(table, totals, context);
    default:
      return countingVisitor(totals);
  }
}
