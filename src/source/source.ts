/**
 * Why a snapshot is wanted.
 *
 * @public
 */
export type ReprocessReason =
  | 'FULL_SNAPSHOT'
  | 'SEQUENCE_GAP'
  | 'TASK_FAILURE'
  | 'TASK_VERSION'
  | 'DELTA_LOG_OVERFLOW'
  | 'STORE_CORRUPT'
  | 'STORE_VOLATILE'
  | 'MANUAL';

/** @public */
export interface SnapshotRequest {
  readonly reason: ReprocessReason;
  /** Aborted when the run is aborted; a source that waits must give up then. */
  readonly signal: AbortSignal;
}

/**
 * Where the data comes from.
 *
 * @public
 */
export interface Source {
  /**
   * Opens a frozen view of the source. The engine closes it exactly once, on every path; a source that throws must have
   * closed what it opened.
   */
  openSnapshot(request: SnapshotRequest): Promise<SourceSnapshot> | SourceSnapshot;
}

/**
 * Rows of one table in key order, as bytes. A batch is valid until the visitor's `rows` returns or its promise
 * resolves: after that the buffers are used again, so copy what must be kept.
 *
 * Row `i` has its key in `keys[keyStarts[i] .. keyEnds[i])` and its value in `values[valueStarts[i] .. valueEnds[i])`.
 * Hot loops read these arrays; `key(i)` and `value(i)` make a view for everybody else.
 *
 * @public
 */
export interface RowBatch {
  readonly length: number;
  readonly keys: Uint8Array;
  readonly keyStarts: Int32Array;
  readonly keyEnds: Int32Array;
  readonly values: Uint8Array;
  readonly valueStarts: Int32Array;
  readonly valueEnds: Int32Array;
  key(index: number): Uint8Array;
  value(index: number): Uint8Array;
}

/** @public */
export interface ScanVisitor {
  /** Called for each batch, in key order, never twice at once; a returned promise holds the scan back. */
  rows(batch: RowBatch): Promise<void> | void;
  /** Called once after the last batch of a scan that reached the end of its table. */
  end?(): Promise<void> | void;
}

/** @public */
export interface ScanOptions {
  readonly signal?: AbortSignal;
}

/**
 * A frozen view of the source's tables at one sequence. Unknown tables have no rows.
 *
 * @public
 */
export interface SourceSnapshot {
  /** Everything up to and with this sequence is in the snapshot, nothing after it. */
  readonly sequence: bigint;
  /**
   * Names the history that `sequence` counts in. A snapshot of another history starts the sequences anew; without one
   * all snapshots are taken to be of one history.
   */
  readonly history?: string;
  /** What a host needs to send deltas on from `sequence`; handed back by `position()`. */
  readonly cursor?: unknown;
  /** Names of all tables, in the source's own order. */
  readonly tables: readonly string[];
  /** About how many rows a table has; `undefined` when unknown. */
  estimateRows(table: string): number | undefined;
  /** About how many bytes the whole snapshot has; `undefined` when unknown. Serves the disk preflight. */
  estimateBytes?(): number | undefined;
  /** Visits every row of a table once, in key order. Rejects as soon as `signal` is aborted. */
  scan(table: string, visitor: ScanVisitor, options?: ScanOptions): Promise<void>;
  /** One value, as bytes of the caller's own; `undefined` when there is no such row. */
  get(table: string, key: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * One that takes longer than `taskTimeoutMs`, or than `closeTimeoutMs` after an abort, is left behind, with the alert
   * `SNAPSHOT_CLOSE_FAILED`.
   */
  close(): Promise<void>;
}
