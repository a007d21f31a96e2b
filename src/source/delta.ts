/**
 * One change of one source row.
 *
 * @public
 */
export interface SourceEvent {
  /** When it happened. Events of one delta never go down; events of one source transaction may share a sequence. */
  readonly sequence: bigint;
  readonly table: string;
  readonly key: Uint8Array;
  /** The row's value just before this event; left out when there was no such row. */
  readonly before?: Uint8Array | undefined;
  /** The row's value just after this event; left out when the event deleted it. */
  readonly after?: Uint8Array | undefined;
  /** What else the tasks should know. The delta log's codec must be able to keep it. */
  readonly data?: unknown;
}

/**
 * An ordered batch of source changes: everything that came after `after`, up to and with `through`.
 *
 * @public
 */
export interface Delta {
  readonly after: bigint;
  readonly through: bigint;
  /** In order of `sequence`, each above `after` and not above `through`. May be empty. */
  readonly events: readonly SourceEvent[];
  /**
   * Whatever the host needs to send on from `through` (an offset, a log position). Kept with the delta by the log's codec
   * and handed back by `position()`.
   */
  readonly cursor?: unknown;
  /** Names the history that the sequences count in; that of the live data when left out. */
  readonly history?: string;
}

/** From where a host sends on. @public */
export interface SourcePosition {
  /** Everything up to and with it has been taken; the next delta comes `after` it. */
  readonly sequence: bigint;
  /** What the host gave with the delta, or with the snapshot, that ended at `sequence`; `undefined` when it gave nothing. */
  readonly cursor: unknown;
  readonly history: string | undefined;
}
