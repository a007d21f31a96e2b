import type { Clock } from '../../clock.ts';
import { isReprocessError, throwIfAborted } from '../../errors.ts';
import type { MirrorCopy, PreparedUpdate } from '../om-mirror/om-mirror.ts';
import { pause } from './back-off.ts';
import { fetchUpdates } from './fetch-updates.ts';
import type { OmFollowEvent } from './follow-events.ts';
import type { OmFollowerOptions } from './follow-options.ts';
import { RequestRecord } from './follow-status.ts';
import { snapshotCause } from './snapshot-cause.ts';

/** Fetches changes and hands them on: first to the reprocessor's log, then to the mirror, which is never ahead of it. */
export class UpdateFeed {
  readonly record = new RequestRecord();
  /** What the Ozone Manager had reached when it was last asked. */
  latest: bigint | undefined;
  leader: string | undefined;
  readonly #options: OmFollowerOptions;
  readonly #clock: Clock;
  readonly #tell: (event: OmFollowEvent) => void;
  /** The node that has just shown that it has the mirror's history. */
  #trusted: string | undefined;

  constructor(options: OmFollowerOptions, clock: Clock, tell: (event: OmFollowEvent) => void) {
    this.#options = options;
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Takes what one answer holds. Resolves with whether there is more. */
  async update(copy: MirrorCopy, signal: AbortSignal): Promise<boolean> {
    const { client, limit = 10_000 } = this.#options;
    this.record.begin(this.#clock.now());
    const updates = await fetchUpdates(client, copy, { limit, signal, trusted: this.#trusted });
    this.leader = updates.leader;
    const prepared = await copy.prepare(updates.batches, { signal });
    const { after, through, events } = prepared.delta;
    if (through > after) await this.#take(prepared, signal);
    this.latest = updates.latest ?? through;
    this.record.succeed(this.#clock.now(), copy.sequence);
    if (through > after) {
      this.#tell({ type: 'updates', sequence: through, latest: this.latest, events: events.length });
    } else this.#tell({ type: 'idle', sequence: copy.sequence });
    const hasMore = through > after && through < this.latest;
    // While nobody asks, the node may be set back: after each pause it must prove itself anew.
    this.#trusted = hasMore ? updates.leader : undefined;
    return hasMore;
  }

  /**
   * Takes changes until `signal` is aborted, while a rebuild from `copy` goes on. Not those of another history than the live
   * data's: the reprocessor can place them only after the switch. What only a new checkpoint mends ends it early: the next `update`
   * meets it again.
   */
  async updateUntil(copy: MirrorCopy, signal: AbortSignal): Promise<void> {
    const { reprocessor, pollMs = 5000 } = this.#options;
    const history = reprocessor.position()?.history;
    if (history !== undefined && history !== copy.history) return;
    for (;;) {
      try {
        throwIfAborted(signal);
        if (await this.update(copy, signal)) continue;
      } catch (error) {
        if (isReprocessError(error, 'REPROCESS_ABORTED')) break;
        this.failed(this.#clock.now());
        if (!isReprocessError(error) || snapshotCause(error) !== undefined) return;
      }
      await pause(this.#clock, pollMs, signal).catch(() => undefined);
    }
    this.record.cancel();
  }

  /** The next answer must prove again that it is of the same history. */
  failed(atMs: number): void {
    this.#trusted = undefined;
    this.record.fail(atMs);
  }

  async #take(prepared: PreparedUpdate, signal: AbortSignal): Promise<void> {
    try {
      await this.#options.reprocessor.consume(prepared.delta, { signal });
    } catch (error) {
      // It is in the log all the same, for the rebuild that is going on or that this has begun.
      const isKept =
        isReprocessError(error, 'REPROCESS_SEQUENCE_GAP') && error.details['expectedAfter'] !== undefined;
      if (!isKept) throw error;
    }
    await prepared.commit();
  }
}
