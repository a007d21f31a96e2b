/** One row of the log's storage; without a value it is deleted. */
export interface LogWrite {
  readonly key: Uint8Array;
  readonly value: Uint8Array | undefined;
}

/** Keys from `gte` on, below `lt`, as bytes compare. */
export interface LogRange {
  readonly gte: Uint8Array;
  readonly lt?: Uint8Array;
}

/** Where the rows of a log lie: a LevelDB, or memory. */
export interface LogStorage {
  /** All of it or nothing; with `sync` it is durable when it resolves. */
  write(rows: readonly LogWrite[], options: { readonly sync: boolean }): Promise<void>;
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Keys in ascending order, in lists of at most 1,000. */
  keys(range: LogRange): AsyncIterable<readonly Uint8Array[]>;
  /** Rows in ascending order of keys, as they were at the call. Must be iterated. Values are the caller's own. */
  rows(range: LogRange): AsyncIterable<readonly [key: Uint8Array, value: Uint8Array]>;
  /** Makes it usable after a write that failed. No other call may go on. When it rejects, only `reopen` and `close` follow. */
  reopen(): Promise<void>;
  /** May be called twice. */
  close(): Promise<void>;
}
