import type { Clock } from '../clock.ts';

const TELL_EVERY_MS = 1000;

/** @public */
export interface TaskProgress {
  readonly taskName: string;
  readonly tables: Readonly<
    Record<string, { readonly rowsDone: number; readonly rowsEstimated: number | undefined }>
  >;
}

interface TableCount {
  done: number;
  estimated: number | undefined;
}

/** Rows done and estimated of the run that is going on. */
export class Progress {
  #startedAtMs: number | undefined;
  #tasks = new Map<string, Map<string, TableCount>>();
  #toldAtMs = 0;
  readonly #clock: Clock;
  readonly #tell: () => void;

  /** `tell` is called about once a second while rows are done. */
  constructor(clock: Clock, tell: () => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  begin(nowMs: number): void {
    this.#startedAtMs = nowMs;
    this.#tasks = new Map();
  }

  end(): void {
    this.#startedAtMs = undefined;
  }

  get startedAtMs(): number | undefined {
    return this.#startedAtMs;
  }

  /** What a task will read. */
  expect(task: string, tables: readonly string[], estimate: (table: string) => number | undefined): void {
    for (const table of tables) this.#table(task, table).estimated = estimate(table);
  }

  /** Over all tables; `undefined` when some table's size is unknown. */
  get rowsEstimated(): number | undefined {
    if (this.#tasks.size === 0) return undefined;
    let rows = 0;
    for (const tables of this.#tasks.values()) {
      for (const { done, estimated } of tables.values()) {
        if (estimated === undefined) return undefined;
        rows += Math.max(estimated, done);
      }
    }
    return rows;
  }

  get rowsDone(): number {
    let rows = 0;
    for (const tables of this.#tasks.values()) for (const { done } of tables.values()) rows += done;
    return rows;
  }

  add(task: string, table: string, rows: number): void {
    this.#table(task, table).done += rows;
    const nowMs = this.#clock.now();
    if (nowMs - this.#toldAtMs < TELL_EVERY_MS) return;
    this.#toldAtMs = nowMs;
    this.#tell();
  }

  tasks(): readonly TaskProgress[] {
    return [...this.#tasks].map(([taskName, tables]) => ({
      taskName,
      tables: Object.fromEntries(
        [...tables].map(([table, { done, estimated }]) => [
          table,
          { rowsDone: done, rowsEstimated: estimated },
        ]),
      ),
    }));
  }

  #table(task: string, table: string): TableCount {
    let tables = this.#tasks.get(task);
    if (tables === undefined) {
      tables = new Map<string, TableCount>();
      this.#tasks.set(task, tables);
    }
    let counts = tables.get(table);
    if (counts === undefined) {
      counts = { done: 0, estimated: undefined };
      tables.set(table, counts);
    }
    return counts;
  }
}
