/**
 * Entries of one source in internal-key order, as columns: what a decoded block, or the replayed WAL, looks like to a
 * merge. User keys lie in `keys[keyStarts[i] .. keyEnds[i])`, values in `values[valueStarts[i] .. valueEnds[i])`.
 */
export interface EntryRun {
  readonly length: number;
  readonly keys: Uint8Array;
  readonly keyStarts: Int32Array;
  readonly keyEnds: Int32Array;
  readonly values: Uint8Array;
  readonly valueStarts: Int32Array;
  readonly valueEnds: Int32Array;
  /** Sequence numbers; above 2^53 the source is refused. */
  readonly sequences: Float64Array;
  /** `VALUE`, `DELETION` or `SINGLE_DELETION`. */
  readonly kinds: Uint8Array;
}

/** A source of runs, each after the one before. */
export interface EntrySource {
  /** The next run, valid until the next call; `undefined` at the end. */
  nextRun(): Promise<EntryRun | undefined>;
  close(): Promise<void>;
}
