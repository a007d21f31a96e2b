import { inspect } from 'node:util';
import { expect } from 'vitest';
import type { SourceEvent } from '../../src/source/delta.ts';
import { MemorySource } from '../../src/source/memory-source.ts';
import { StoreTransaction } from '../../src/store/store-transaction.ts';
import type { StoreAdapter } from '../../src/store/store.ts';
import { taskTable } from '../../src/store/task-table.ts';
import type { QuarantinedRecord } from '../../src/task/context.ts';
import type { ReconOmTask } from '../../src/task/task.ts';
import { DerivedRows } from '../../src/testing/task/derived-rows.ts';
import { netChanges } from '../../src/recon/net-changes.ts';
import { reconStores } from './recon-stores.ts';
import { runTasks, type TaskRun } from './task-run.ts';

/** A row of the source that is written, or, without a value, deleted. */
export type RowChange = readonly [
  table: string,
  key: Uint8Array | string,
  value?: Uint8Array | string | undefined,
];

/**
 * A source that goes on, and what tasks of one store make of its deltas. After each delta the delta law is checked: the
 * rows are those of a rebuild, and what the delta sets aside is what the rebuild sets aside of the rows it changed.
 */
export class FollowedStore {
  readonly #tasks: readonly ReconOmTask[];
  readonly #adapter: StoreAdapter;
  readonly #source = new Map<string, Map<string, Uint8Array>>();
  #rows: DerivedRows;
  #sequence = 1n;

  private constructor(tasks: readonly ReconOmTask[], tables: readonly string[]) {
    this.#tasks = tasks;
    const stores: Readonly<Record<string, StoreAdapter>> = reconStores();
    const adapter = stores[tasks[0]?.store ?? ''];
    if (adapter === undefined) throw new TypeError('Expected tasks of one of the stores');
    this.#adapter = adapter;
    this.#rows = new DerivedRows(adapter);
    for (const table of tables) this.#source.set(table, new Map());
  }

  /** Rebuilds from the first rows. `tables` are those that the source has from the beginning. */
  static async from(
    tasks: readonly ReconOmTask[],
    tables: readonly string[],
    rows: readonly RowChange[] = [],
  ): Promise<FollowedStore> {
    const followed = new FollowedStore(tasks, tables);
    for (const change of rows) followed.#change(change);
    const run = await followed.#rebuild();
    const writes = followed.#adapter.tables.map(({ name }) => ({
      table: name,
      rows: Array.from(run.tables.get(name) ?? [], ([hex, value]) => ({
        key: Buffer.from(hex, 'hex'),
        value,
      })),
    }));
    followed.#rows.apply(writes);
    return followed;
  }

  /** Changes rows in one delta. Returns what a rebuild then makes of the source. */
  async delta(...changes: readonly RowChange[]): Promise<TaskRun> {
    return this.events(...changes.map((change) => this.#change(change)));
  }

  /** The same with events as they came; the source has their rows from here on. */
  async events(...events: readonly SourceEvent[]): Promise<TaskRun> {
    for (const { table, key, after } of events) this.#change([table, key, after]);
    const aside: (QuarantinedRecord & { task: string })[] = [];
    const transaction = new StoreTransaction(this.#adapter, this.#rows);
    for (const task of this.#tasks) await this.#process(task, events, transaction, aside);
    this.#rows.apply((await transaction.result()).writes);
    const run = await this.#rebuild();
    expect(this.#texts((table) => this.#rows.all(table))).toEqual(
      this.#texts((table) =>
        Array.from(run.tables.get(table) ?? [], ([hex, value]) => ({ key: Buffer.from(hex, 'hex'), value })),
      ),
    );
    const changed = new Set(
      [...netChanges(events)].flatMap(([table, rows]) => rows.map(({ key }) => nameOf(table, key))),
    );
    expect(asideTexts(aside)).toEqual(
      asideTexts(run.quarantined.filter(({ table, key }) => changed.has(nameOf(table, key)))),
    );
    return run;
  }

  /** The rows of a table of the store, as the deltas have made them. */
  stored(table: string): unknown[] {
    return this.#rows.all(table).map((row) => this.#adapter.decodeRow(table, row).at(-1));
  }

  async #process(
    task: ReconOmTask,
    all: readonly SourceEvent[],
    transaction: StoreTransaction,
    aside: (QuarantinedRecord & { task: string })[],
  ): Promise<void> {
    const { sourceTables } = task;
    const events = all.filter(({ table }) => sourceTables.length === 0 || sourceTables.includes(table));
    if (events.length === 0) return;
    const delta = { after: 0n, through: this.#sequence, events };
    await task.process?.(delta, {
      signal: new AbortController().signal,
      table: (table: string) => taskTable(transaction, table, () => undefined),
      quarantine: (record) => aside.push({ ...record, task: task.taskName }),
      finding: () => undefined,
      seek: () => undefined,
      seekPositions: new Map(),
    });
  }

  #change([table, key, value]: RowChange): SourceEvent {
    const rows = this.#source.get(table) ?? new Map<string, Uint8Array>();
    this.#source.set(table, rows);
    const name = Buffer.from(key).toString('latin1');
    const before = rows.get(name);
    const after = value === undefined ? undefined : Buffer.from(value);
    if (after === undefined) rows.delete(name);
    else rows.set(name, after);
    return { sequence: ++this.#sequence, table, key: Buffer.from(key), before, after };
  }

  async #rebuild(): Promise<TaskRun> {
    const tables: Record<string, (readonly [Uint8Array, Uint8Array])[]> = {};
    for (const [table, values] of this.#source) {
      tables[table] = Array.from(values, ([name, value]) => [Buffer.from(name, 'latin1'), value]);
    }
    const snapshot = new MemorySource({ sequence: 1n, tables }).openSnapshot();
    try {
      return await runTasks(snapshot, this.#tasks, { [this.#tasks[0]?.store ?? '']: this.#adapter });
    } finally {
      await snapshot.close();
    }
  }

  /** Rows as a person can read them, and as bytes. */
  #texts(
    rowsOf: (table: string) => readonly { readonly key: Uint8Array; readonly value: Uint8Array }[],
  ): string[] {
    return this.#adapter.tables.flatMap(({ name }) =>
      rowsOf(name)
        .map(({ key, value }) => ({ key, value: this.#adapter.comparable?.(name, value) ?? value }))
        .map(
          (row) => `${name} ${inspect(this.#adapter.decodeRow(name, row))} ${hex(row.key)} ${hex(row.value)}`,
        )
        .sort(),
    );
  }
}

function asideTexts(records: readonly (QuarantinedRecord & { readonly task: string })[]): string[] {
  return records.map(({ task, table, key, reason }) => `${task} ${table} ${hex(key)}: ${reason}`).sort();
}

function nameOf(table: string, key: Uint8Array): string {
  return `${table} ${hex(key)}`;
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
