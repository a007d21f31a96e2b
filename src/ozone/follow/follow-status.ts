import type { StagedReprocessError } from '../../errors.ts';

/** How the last of its kind went. @public */
export interface OmRequestStatus {
  /** When it last began or ended, in milliseconds since the epoch; 0 when it never did. */
  readonly atMs: number;
  /** What it brought the data to; 0 when it never did. */
  readonly sequence: bigint;
  readonly failed: boolean;
  readonly running: boolean;
}

/** @public */
export interface OmFollowStatus {
  readonly state: 'stopped' | 'polling' | 'fetching' | 'rebuilding' | 'waiting';
  /** What the mirror has reached. */
  readonly sequence: bigint | undefined;
  /** What the Ozone Manager had reached when it was last asked. */
  readonly latest: bigint | undefined;
  /** The Ozone Manager that answered last. */
  readonly leader: string | undefined;
  /** Cleared by the next success. */
  readonly lastError: StagedReprocessError | undefined;
  /** Requests for changes, as Recon's row `OmDeltaRequest`. */
  readonly delta: OmRequestStatus;
  /** Requests for a checkpoint, as Recon's row `OmSnapshotRequest`. */
  readonly snapshot: OmRequestStatus;
}

/** Keeps one of the two rows. */
export class RequestRecord {
  #status: OmRequestStatus = { atMs: 0, sequence: 0n, failed: false, running: false };

  get status(): OmRequestStatus {
    return this.#status;
  }

  begin(atMs: number): void {
    this.#status = { ...this.#status, atMs, running: true };
  }

  succeed(atMs: number, sequence: bigint): void {
    this.#status = { atMs, sequence, failed: false, running: false };
  }

  fail(atMs: number): void {
    this.#status = { ...this.#status, atMs, failed: true, running: false };
  }

  /** Neither way: it was called off. */
  cancel(): void {
    this.#status = { ...this.#status, running: false };
  }
}
