import { seededRandom } from '../../../src/testing/index.ts';
import { netChanges } from '../../../src/recon/net-changes.ts';
import { NSSummaryTask } from '../../../src/recon/index.ts';
import type { SourceEvent } from '../../../src/source/delta.ts';
import { MemorySource } from '../../../src/source/memory-source.ts';
import { StoreTransaction } from '../../../src/store/store-transaction.ts';
import { taskTable } from '../../../src/store/task-table.ts';
import { compareRows, tableRows } from './compare-rows.ts';
import { DerivedRows } from '../../../src/testing/task/derived-rows.ts';
import { orderedEvents } from '../../../src/testing/task/event-order.ts';
import { reconStores } from '../recon-stores.ts';
import { runTasks, type TaskRun } from '../task-run.ts';

const adapter = reconStores().namespace;

/** A source row that is written, or, without a value, deleted. */
export type Change = readonly [
  table: string,
  key: Uint8Array | string,
  value?: Uint8Array | string | undefined,
];

/** `kind table key` of each report, sorted. */
type Reports = readonly string[];

/** A source that goes on, and what `NSSummaryTask` makes of its deltas. */
export class FollowedNamespace {
  readonly #task: NSSummaryTask;
  readonly #source = new Map<string, Map<string, Uint8Array>>();
  readonly #rows = new DerivedRows(adapter);
  #sequence = 1n;

  private constructor(filesystemPaths: boolean) {
    this.#task = new NSSummaryTask({ filesystemPaths });
    for (const table of this.#task.sourceTables) this.#source.set(table, new Map());
  }

  /** Rebuilds from the first rows. */
  static async from(
    rows: readonly Change[],
    { filesystemPaths = true }: { readonly filesystemPaths?: boolean } = {},
  ): Promise<FollowedNamespace> {
    const followed = new FollowedNamespace(filesystemPaths);
    followed.change(...rows);
    const run = await followed.rebuild();
    followed.#rows.apply(adapter.tables.map(({ name }) => ({ table: name, rows: tableRows(run, name) })));
    return followed;
  }

  /** Changes the source; the events are to be applied. */
  change(...changes: readonly Change[]): readonly SourceEvent[] {
    return changes.map(([table, key, value]) => {
      const rows = this.#source.get(table) ?? new Map<string, Uint8Array>();
      const name = Buffer.from(key).toString('latin1');
      const before = rows.get(name);
      const after = value === undefined ? undefined : Buffer.from(value);
      if (after === undefined) rows.delete(name);
      else rows.set(name, after);
      return { sequence: ++this.#sequence, table, key: Buffer.from(key), before, after };
    });
  }

  /** Applies one delta, shuffled across keys if there is a seed, and throws unless the delta law holds. */
  async apply(events: readonly SourceEvent[], seed?: number): Promise<Reports> {
    const ordered = seed === undefined ? events : orderedEvents(events, 'across-keys', seededRandom(seed));
    const transaction = new StoreTransaction(adapter, this.#rows);
    const reports: string[] = [];
    const delta = { after: 0n, through: this.#sequence, events: ordered };
    await this.#task.process(delta, {
      signal: new AbortController().signal,
      table: (table: string) => taskTable(transaction, table, () => undefined),
      quarantine: ({ reason, table, key }) => reports.push(reportText(reason, table, key)),
      finding: ({ kind, table, key }) => reports.push(reportText(kind, table, key)),
      seek: () => undefined,
      seekPositions: new Map(),
    });
    this.#rows.apply((await transaction.result()).writes);
    const run = await this.rebuild();
    compareRows(adapter, this.#rows, run);
    checkReports(reports, reportsOf(run), events);
    return reports.toSorted();
  }

  /** Changes the source and applies the events in their order. */
  async delta(...changes: readonly Change[]): Promise<Reports> {
    return this.apply(this.change(...changes));
  }

  /** What a rebuild makes of the source. */
  async rebuild(): Promise<TaskRun> {
    const tables = Object.fromEntries(
      [...this.#source].map(([table, rows]) => [
        table,
        Array.from(rows, ([name, value]) => [Buffer.from(name, 'latin1'), value] as const),
      ]),
    );
    const snapshot = new MemorySource({ sequence: 1n, tables }).openSnapshot();
    return runTasks(snapshot, [this.#task], { namespace: adapter });
  }
}

/** A delta reports nothing that a rebuild does not, and of the rows that are new to it all that a rebuild does. */
function checkReports(reports: Reports, rebuilt: Reports, events: readonly SourceEvent[]): void {
  const known = new Set(rebuilt);
  const wrong = reports.filter((report) => !known.has(report));
  if (wrong.length > 0) throw new Error(`A rebuild does not report ${wrong.join(', ')}`);
  const added = [...netChanges(events)].flatMap(([table, rows]) =>
    rows.flatMap(({ key, before }) => (before === undefined ? [reportText('', table, key)] : [])),
  );
  const told = new Set(reports);
  const missing = rebuilt.filter((report) => !told.has(report) && added.some((row) => report.endsWith(row)));
  if (missing.length > 0) throw new Error(`The delta does not report ${missing.join(', ')}`);
}

function reportsOf({ quarantined, findings }: TaskRun): Reports {
  return [
    ...quarantined.map(({ reason, table, key }) => reportText(reason, table, key)),
    ...findings.map(({ kind, table, key }) => reportText(kind, table, key)),
  ];
}

function reportText(what: string, table: string, key: Uint8Array): string {
  return `${what}: ${table} ${Buffer.from(key).toString('latin1')}`;
}
