import { reconTasks } from '../../../src/recon/index.ts';
import type { SourceEvent } from '../../../src/source/delta.ts';
import { ApplyTrial, applyRows } from '../../../src/testing/task/apply-rows.ts';
import { differingRows } from '../../../src/testing/task/compare-rows.ts';
import { SourceRows } from '../../../src/testing/task/modelled-source.ts';
import { rebuildRows, type Derived } from '../../../src/testing/task/rebuild-rows.ts';
import type { ReconOmTask } from '../../../src/task/task.ts';
import { OmRows } from '../om-rows.ts';
import { reconStores } from '../recon-stores.ts';
import type { TaskRun } from '../task-run.ts';
import { OM_TABLES } from './om-model.ts';

const stores = reconStores();

/** Rows that are written, or, as `table key` texts, deleted; in the order of the batch. */
export type Change = OmRows | readonly [table: string, key: string];

/** What the six tasks made of some rows and of the deltas since, each of which is held against a rebuild. */
export class FollowedRows {
  readonly #tasks: readonly ReconOmTask[];
  readonly #source = new SourceRows(OM_TABLES);
  #derived: Derived = new Map();
  #sequence = 1n;

  private constructor(filesystemPaths: boolean) {
    this.#tasks = reconTasks({ filesystemPaths, now: () => 5 });
  }

  static async from(rows: OmRows, options: { filesystemPaths?: boolean } = {}): Promise<FollowedRows> {
    const followed = new FollowedRows(options.filesystemPaths ?? false);
    followed.#eventsOf([rows]);
    await followed.rebuild();
    return followed;
  }

  /** A new rebuild by the same tasks, of what is in the source now. */
  async rebuild(): Promise<void> {
    this.#derived = await this.#rebuilt();
  }

  /** Changes that no delta tells of. */
  miss(...changes: readonly Change[]): void {
    this.#eventsOf(changes);
  }

  /** Applies one delta; it must come to what a rebuild comes to. */
  async apply(...changes: readonly Change[]): Promise<void> {
    await this.applyEvents(this.#eventsOf(changes));
  }

  /**
   * The same as often as the tasks' contexts are called, each time with another call that fails. Returns how many there are.
   */
  async applyWithFaults(...changes: readonly Change[]): Promise<number> {
    const before = new SourceRows(OM_TABLES);
    for (const table of OM_TABLES) {
      for (const { key, value } of this.#source.of(table)) before.apply({ table, key, after: value });
    }
    const events = this.#eventsOf(changes);
    for (let failCall = 0; ; failCall++) {
      this.#derived = await this.#rebuilt(before);
      const trial = new ApplyTrial(rethrow, failCall);
      const commit = await applyRows(this.#derived, this.#tasks, this.#deltaOf(events), trial);
      commit();
      await this.#check();
      if (!trial.hasFailed) return failCall;
    }
  }

  async applyEvents(events: readonly SourceEvent[]): Promise<void> {
    const commit = await applyRows(
      this.#derived,
      this.#tasks,
      this.#deltaOf(events),
      new ApplyTrial(rethrow),
    );
    commit();
    await this.#check();
  }

  /** What is in the stores now, for the readers of `om-rows.ts`. */
  get run(): TaskRun {
    const run: TaskRun = { tables: new Map(), puts: new Map(), quarantined: [], findings: [] };
    for (const rows of this.#derived.values()) {
      for (const { name } of rows.adapter.tables) {
        const all = rows.all(name);
        run.tables.set(name, new Map(all.map(({ key, value }) => [Buffer.from(key).toString('hex'), value])));
        run.puts.set(
          name,
          all.flatMap((row) => rows.adapter.decodeRow(name, row)),
        );
      }
    }
    return run;
  }

  #eventsOf(changes: readonly Change[]): SourceEvent[] {
    const rows: { table: string; key: Buffer; after: Buffer | undefined }[] = [];
    for (const change of changes) {
      if (!(change instanceof OmRows)) {
        rows.push({ table: change[0], key: Buffer.from(change[1]), after: undefined });
        continue;
      }
      for (const [table, all] of Object.entries(change.tables)) {
        for (const [key, value] of all)
          rows.push({ table, key: Buffer.from(key), after: Buffer.from(value) });
      }
    }
    return rows.map(({ table, key, after }) => {
      const before = this.#source.get(table, key);
      this.#source.apply({ table, key, after });
      return { sequence: ++this.#sequence, table, key, before, after };
    });
  }

  #deltaOf(events: readonly SourceEvent[]) {
    return { after: (events[0]?.sequence ?? 2n) - 1n, through: events.at(-1)?.sequence ?? 1n, events };
  }

  async #check(): Promise<void> {
    const lines = differingRows(this.#derived, await this.#rebuilt());
    if (lines.length > 0) throw new Error(['rows are not those of a rebuild:', ...lines].join('\n'));
  }

  #rebuilt(source = this.#source): Promise<Derived> {
    return rebuildRows(stores, this.#tasks, source.snapshot(this.#sequence));
  }
}

function rethrow(error: Error): never {
  throw error;
}
