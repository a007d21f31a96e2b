import { systemClock, type Clock } from '../../clock.ts';
import { isReprocessError, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import type { MirrorCopy } from '../om-mirror/om-mirror.ts';
import { BackOff, pause } from './back-off.ts';
import type { OmFollowEvent, SnapshotCause } from './follow-events.ts';
import { checkFollowOptions, type OmFollowerOptions } from './follow-options.ts';
import { RequestRecord, type OmFollowStatus } from './follow-status.ts';
import { fetchCheckpoint, rebuildFrom, sweepFetched } from './full-snapshot.ts';
import { mirrorOf } from './mirror-of.ts';
import { snapshotCause } from './snapshot-cause.ts';
import { UpdateFeed } from './update-feed.ts';

/** One bad answer may come from whatever stands between; so many in a row do not. */
const DAMAGED_TIMES = 3;

/**
 * Keeps a reprocessor's data level with a live Ozone Manager: fetches a checkpoint, lets the reprocessor rebuild from it, and
 * feeds it every change from then on. What changes cannot bridge ends in a new checkpoint; until its rebuild is live the old data
 * is served. A mere network error is tried again, longer each time, and never costs a checkpoint.
 *
 * @example
 * ```ts
 * const mirror = await OmMirror.open('./derived/om')
 * const reprocessor = await StagedReprocessor.open({ dataDir: './derived', stores, tasks, source: mirror.source() })
 * const client = new OmClient({ addresses: [{ host: 'om1' }, { host: 'om2' }] })
 * await new OmFollower({ reprocessor, mirror, client, stagingDirectory: './derived/om-staging' }).run(signal)
 * ```
 *
 * @public
 */
export class OmFollower {
  readonly #options: OmFollowerOptions;
  readonly #clock: Clock;
  readonly #backOff: BackOff;
  readonly #feed: UpdateFeed;
  readonly #snapshot = new RequestRecord();
  #state: OmFollowStatus['state'] = 'stopped';
  #lastError: StagedReprocessError | undefined;
  /** How often in a row something damaged came. */
  #damaged = 0;
  /** Why a checkpoint must be fetched, once that is so. */
  #wanted: { readonly cause: SnapshotCause; readonly error: StagedReprocessError | undefined } | undefined;

  /** @throws TypeError on a wrong option. */
  constructor(options: OmFollowerOptions) {
    checkFollowOptions(options);
    this.#options = options;
    this.#clock = options.clock ?? systemClock;
    this.#backOff = new BackOff(options.retryMs ?? 1000, options.maxRetryMs ?? 60_000);
    this.#feed = new UpdateFeed(options, this.#clock, (event) => {
      this.#tell(event);
    });
  }

  status(): OmFollowStatus {
    const { mirror } = this.#options;
    const { latest, leader, record } = this.#feed;
    return {
      state: this.#state,
      sequence: (mirror.staged ?? mirror.live)?.sequence,
      latest,
      leader,
      lastError: this.#lastError,
      delta: record.status,
      snapshot: this.#snapshot.status,
    };
  }

  /**
   * Follows until `signal` is aborted, then resolves: everything that was taken by then is in the reprocessor's log and in the
   * mirror.
   *
   * @throws StagedReprocessError `REPROCESS_ALREADY_RUNNING`; `REPROCESS_CLOSED` when the reprocessor was closed meanwhile. All
   * other failures are told to `listener` and in `status()`, and tried again.
   */
  async run(signal: AbortSignal): Promise<void> {
    if (this.#state !== 'stopped') {
      throw new StagedReprocessError('REPROCESS_ALREADY_RUNNING', 'This follower is running already');
    }
    this.#state = 'polling';
    try {
      const { mirror, reprocessor, stagingDirectory } = this.#options;
      await sweepFetched(stagingDirectory);
      // What the log names before anything is live is no data that a copy could belong to.
      if (reprocessor.status().ready) await mirror.settle(mirrorOf(reprocessor));
      for (;;) await this.#step(signal);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      this.#state = 'stopped';
      this.#feed.record.cancel();
      this.#snapshot.cancel();
    }
  }

  async #step(signal: AbortSignal): Promise<void> {
    throwIfAborted(signal);
    try {
      const { mirror, reprocessor, pollMs = 5000 } = this.#options;
      const { staged, live } = mirror;
      const copy = staged ?? live;
      if (copy === undefined || this.#wanted !== undefined) {
        await this.#fetch(signal);
      } else if (copy === staged || !reprocessor.status().ready) {
        await this.#rebuild(copy, signal);
      } else {
        this.#state = 'polling';
        const hasMore = await this.#feed.update(copy, signal);
        this.#lastError = undefined;
        this.#damaged = 0;
        // Only what was really taken shows that the trouble is over: a checkpoint alone does not.
        this.#backOff.reset();
        if (!hasMore) await this.#wait(pollMs, signal);
      }
    } catch (error) {
      await this.#failed(error, signal);
    }
  }

  async #fetch(signal: AbortSignal): Promise<void> {
    const { cause, error } = this.#wanted ?? { cause: 'first' as const, error: undefined };
    this.#state = 'fetching';
    this.#snapshot.begin(this.#clock.now());
    this.#tell({ type: 'snapshot:begin', cause, error });
    await fetchCheckpoint(this.#options, cause, signal);
    this.#wanted = undefined;
  }

  /** Changes go on being taken meanwhile, where they count as the live data does: the Ozone Manager does not keep them for ever. */
  async #rebuild(copy: MirrorCopy, signal: AbortSignal): Promise<void> {
    const { reprocessor, mirror } = this.#options;
    this.#state = 'rebuilding';
    this.#tell({ type: 'rebuild:begin', sequence: copy.sequence });
    const ended = new AbortController();
    const following = this.#feed.updateUntil(copy, AbortSignal.any([signal, ended.signal]));
    try {
      await rebuildFrom(reprocessor, copy, signal);
    } finally {
      ended.abort();
      await following;
    }
    await mirror.promote(copy.id);
    this.#snapshot.succeed(this.#clock.now(), copy.sequence);
    this.#tell({ type: 'snapshot:end', sequence: copy.sequence });
  }

  async #failed(error: unknown, signal: AbortSignal): Promise<void> {
    if (signal.aborted || isReprocessError(error, 'REPROCESS_CLOSED')) throw error;
    const told = isReprocessError(error)
      ? error
      : new StagedReprocessError('REPROCESS_SOURCE_FAILED', 'Following failed', { cause: error });
    const now = this.#clock.now();
    if (this.#state === 'polling') this.#feed.failed(now);
    else this.#snapshot.fail(now);
    this.#lastError = told;
    const cause = this.#causeOf(told);
    if (cause !== undefined && this.#state !== 'fetching') this.#wanted = { cause, error: told };
    const retryInMs = this.#backOff.take();
    this.#tell({ type: 'failed', error: told, retryInMs });
    await this.#wait(retryInMs, signal);
  }

  /** Why a checkpoint is wanted after a failure, if it is: for damage only when it comes again and again. */
  #causeOf(error: StagedReprocessError): SnapshotCause | undefined {
    const cause = snapshotCause(error);
    // A rebuild that finds a gap was staged in a history that it does not belong to.
    if (this.#state === 'rebuilding' && cause === 'changes-gone') return 'history-changed';
    if (cause !== 'changes-damaged') return cause;
    this.#damaged += 1;
    return this.#damaged < DAMAGED_TIMES ? undefined : cause;
  }

  async #wait(ms: number, signal: AbortSignal): Promise<void> {
    this.#state = 'waiting';
    await pause(this.#clock, ms, signal);
  }

  #tell(event: OmFollowEvent): void {
    try {
      this.#options.listener?.(event);
    } catch {
      // Whoever listens cannot change what is done.
    }
  }
}
