import { RowArena } from '../../src/source/row-arena.ts';
import type { ScanVisitor, SourceSnapshot } from '../../src/source/source.ts';
import type { StoreAdapter } from '../../src/store/store.ts';
import { expected } from '../../src/store/expected.ts';
import type { Finding, QuarantinedRecord, Sink, SinkOptions, TaskContext } from '../../src/task/context.ts';
import type { TaskSnapshot } from '../../src/task/snapshot.ts';
import type { ReconOmTask } from '../../src/task/task.ts';

/** What tasks wrote, by table and hex key; and what they reported, in the order of the reports. */
export interface TaskRun {
  readonly tables: Map<string, Map<string, Uint8Array>>;
  /** Arguments of all `put` calls by table, in their order. */
  readonly puts: Map<string, unknown[]>;
  readonly quarantined: (QuarantinedRecord & { readonly task: string })[];
  readonly findings: (Finding & { readonly task: string })[];
}

/**
 * Runs tasks one after another on one snapshot, into maps. It does what the engine promises: rows of one key go
 * through the table's merge rule, also across tasks; an ascending sink refuses a key that is not greater.
 */
export async function runTasks(
  snapshot: SourceSnapshot,
  tasks: readonly ReconOmTask[],
  stores: Readonly<Record<string, StoreAdapter>>,
): Promise<TaskRun> {
  const run: TaskRun = { tables: new Map(), puts: new Map(), quarantined: [], findings: [] };
  for (const adapter of Object.values(stores)) {
    for (const { name } of adapter.tables) run.tables.set(name, new Map());
  }
  for (const task of tasks) {
    const adapter = stores[task.store];
    if (adapter === undefined) throw expected('store', 'a store of the run', task.store);
    await task.reprocess(taskSnapshot(snapshot, task), contextOf(task, adapter, run));
  }
  return run;
}

function taskSnapshot(snapshot: SourceSnapshot, task: ReconOmTask): TaskSnapshot {
  return {
    sequence: snapshot.sequence,
    tables: snapshot.tables,
    estimateRows: (table) => snapshot.estimateRows(table),
    get: (table, key) => snapshot.get(table, key),
    scan: (table, visitor) => {
      const declared = task.sourceTables.length === 0 ? snapshot.tables : task.sourceTables;
      if (!declared.includes(table)) throw expected('table', `one of ${declared.join(', ')}`, table);
      return snapshot.scan(table, forgetful(visitor));
    },
  };
}

/** Spoils every batch as soon as it is no longer valid. */
function forgetful(visitor: ScanVisitor): ScanVisitor {
  return {
    rows: async (batch) => {
      const arena = new RowArena();
      for (let index = 0; index < batch.length; index++) arena.push(batch.key(index), batch.value(index));
      await visitor.rows(arena);
      arena.keys.fill(0xee);
      arena.values.fill(0xee);
    },
    end: () => visitor.end?.(),
  };
}

function contextOf(task: ReconOmTask, adapter: StoreAdapter, run: TaskRun): TaskContext {
  return {
    signal: new AbortController().signal,
    sink: (table, options) => sinkOf(adapter, table, run, options),
    progress: () => undefined,
    quarantine: (record) => run.quarantined.push({ ...record, task: task.taskName }),
    finding: (finding) => run.findings.push({ ...finding, task: task.taskName }),
  };
}

function sinkOf(adapter: StoreAdapter, table: string, run: TaskRun, options: SinkOptions = {}): Sink {
  const rows = run.tables.get(table);
  const layout = adapter.tables.find(({ name }) => name === table);
  if (rows === undefined || layout === undefined) throw expected('table', 'a table of the store', table);
  let last: Uint8Array | undefined;
  const write = (key: Uint8Array, value: Uint8Array): undefined => {
    if (options.ascending === true && last !== undefined && Buffer.compare(last, key) >= 0) {
      throw expected(`a key of ${table}`, 'greater than the one before', Buffer.from(key).toString('hex'));
    }
    last = key;
    const hex = Buffer.from(key).toString('hex');
    const known = rows.get(hex);
    if (known === undefined || Buffer.compare(known, value) === 0) rows.set(hex, known ?? value);
    if (known === undefined) return;
    if (layout.merge === undefined) throw expected(`a key of ${table}`, 'written once', hex);
    rows.set(hex, layout.merge(known, value));
  };
  return {
    put: (...row) => {
      run.puts.set(table, [...(run.puts.get(table) ?? []), ...row]);
      const { key, value } = adapter.encodeRow(table, row);
      return write(key.slice(), value.slice());
    },
    putBytes: (key, keyLength, value, valueLength) =>
      write(key.slice(0, keyLength), value.slice(0, valueLength)),
  };
}
