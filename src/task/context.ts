import type { RowsOf, StoreAdapter } from '../store/store.ts';

/** @public */
export interface SinkOptions {
  /**
   * The rows come in strictly ascending key order. They are then written as they come; a key that is not greater than
   * the one before fails the task with `REPROCESS_KEY_ORDER`. Otherwise rows may come in any order: they are sorted
   * in runs, bounded in memory, merged once, and equal keys go through the table's merge rule. Two tasks that write one
   * table through ascending sinks must not write one key: verification refuses that.
   *
   * @defaultValue false
   */
  readonly ascending?: boolean;
}

/**
 * The writing end of one table of the staged generation, for one task. A returned promise asks the task to wait before
 * it writes more; during a scan the engine waits by itself after each batch.
 *
 * @public
 */
export interface Sink<Row extends readonly unknown[] = readonly unknown[]> {
  /** Writes one row, in the types of its table. */
  put(...row: Row): Promise<void> | undefined;
  /**
   * Writes one row that is encoded already: the first `keyLength` and `valueLength` bytes, copied before it returns.
   * For hot loops: no object a row.
   */
  putBytes(
    key: Uint8Array,
    keyLength: number,
    value: Uint8Array,
    valueLength: number,
  ): Promise<void> | undefined;
}

/** @public */
export interface QuarantinedRecord {
  readonly table: string;
  readonly key: Uint8Array;
  /** One sentence: what is wrong with it. */
  readonly reason: string;
}

/** @public */
export interface Finding {
  /** Short and stable, for example `legacy-orphan`. */
  readonly kind: string;
  readonly table: string;
  readonly key: Uint8Array;
}

/**
 * A table of the adapter `A`. A task that does not name its adapter may write any table; the engine checks the name
 * when it runs.
 *
 * @public
 */
export type TableName<A> = [keyof RowsOf<A>] extends [never] ? string : Extract<keyof RowsOf<A>, string>;
/** The arguments of `sink(table).put(...)` for table `T` of the adapter `A`. @public */
export type RowOf<A, T extends PropertyKey> = T extends keyof RowsOf<A>
  ? RowsOf<A>[T] extends infer R extends readonly unknown[]
    ? R
    : readonly unknown[]
  : readonly unknown[];

/**
 * All that a task may touch while it rebuilds. It dies with the promise of `reprocess`: whatever is used later throws
 * `REPROCESS_HANDLE_CLOSED` and changes no byte.
 *
 * @public
 */
export interface TaskContext<A extends StoreAdapter = StoreAdapter> {
  /** Aborted when the run ends early; also when another task has failed. */
  readonly signal: AbortSignal;
  /** Opens the sink of one table; at most one a table and task. */
  sink<T extends TableName<A>>(table: T, options?: SinkOptions): Sink<RowOf<A, T>>;
  /** Adds to the rows done of a table that the task reads by other means than `scan`. */
  progress(table: string, rows: number): void;
  /**
   * Sets a source record aside: counted, the first ones kept in the report. Throws `REPROCESS_QUARANTINED` past
   * `maxQuarantined`.
   */
  quarantine(record: QuarantinedRecord): void;
  /** Counts something that the operator should know and that is no error; the first ones are kept in the report. */
  finding(finding: Finding): void;
}
