import { AsyncLocalStorage } from 'node:async_hooks';
import type { Clock } from '../clock.ts';
import { abortError, StagedReprocessError, throwIfAborted } from '../errors.ts';
import { HeldLease } from '../store/lease.ts';
import type { GenerationSet } from '../store/generation-set.ts';
import type { Announcer } from './announcer.ts';
import type { Bell } from './bell.ts';
import type { LivePointer } from './live-pointer.ts';

/** @public */
export interface AcquireOptions {
  /** Whether the lease also fixes the data, not only the generations. @defaultValue false */
  readonly frozen?: boolean;
  /**
   * Whether to wait, where nothing was live at open, until every durable store is (the first switch may be of some tasks
   * only), instead of rejecting with `REPROCESS_NOT_READY` before the first switch. A directory that was live at open is
   * served at once, also while a volatile, an added or a damaged store is rebuilt.
   *
   * @defaultValue false
   */
  readonly wait?: boolean;
  readonly signal?: AbortSignal;
  /** Waits until everything up to and with this sequence is in the data: one's own change, for example. */
  readonly atLeast?: bigint;
  /** `staged`: a look at what a held-back switch would make live; `REPROCESS_NOT_READY` when none is. @defaultValue 'live' */
  readonly generation?: 'live' | 'staged';
}

export interface LeaseDeskOptions {
  readonly stores: readonly string[];
  /** Those that a lease with `wait` waits for: a set that lacks one is not whole yet. */
  readonly awaited: readonly string[];
  readonly leaseTimeoutMs: number;
  readonly revokeLeases: boolean;
  readonly clock: Clock;
}

/** Hands out leases, joins nested ones, and watches over those that are held too long. */
export class LeaseDesk {
  readonly #live: LivePointer;
  readonly #applied: Bell;
  readonly #announcer: Announcer;
  readonly #options: LeaseDeskOptions;
  readonly #names: ReadonlySet<string>;
  readonly #held = new Set<HeldLease>();
  readonly #reported = new WeakSet<HeldLease>();
  readonly #outer = new AsyncLocalStorage<HeldLease>();
  readonly #closing = new AbortController();
  #cancelTimer: (() => void) | undefined;
  #whenEmpty: (() => void) | undefined;

  /** `applied` rings whenever live data has got further. */
  constructor(live: LivePointer, applied: Bell, announcer: Announcer, options: LeaseDeskOptions) {
    this.#live = live;
    this.#applied = applied;
    this.#announcer = announcer;
    this.#options = options;
    this.#names = new Set(options.stores);
  }

  get held(): number {
    return this.#held.size;
  }

  /** Runs `read` in a lease. Inside another `read` of the same reprocessor it joins that one's generations. */
  async read<T>(options: AcquireOptions, read: (lease: HeldLease) => Promise<T> | T): Promise<T> {
    const outer = this.#outer.getStore();
    // A revoked lease must not go on with another generation; work that outlives its read may.
    if (outer?.isRevoked === true) outer.check();
    const joins = options.generation !== 'staged' && (options.atLeast ?? 0n) <= (outer?.sequence ?? 0n);
    if (outer !== undefined && joins && this.#held.has(outer)) {
      throwIfAborted(options.signal);
      if (options.frozen !== true) return read(outer);
      return this.#use(
        new HeldLease(outer.set, this.#names, this.#leaseOptions(options), this.#forget),
        read,
      );
    }
    return this.#use(await this.acquire(options), read);
  }

  async acquire(options: AcquireOptions): Promise<HeldLease> {
    throwIfAborted(options.signal);
    this.#throwIfClosing();
    let set = this.#find(options);
    const isThere = (): boolean => set !== undefined && set.sequence >= (options.atLeast ?? set.sequence);
    if (!isThere()) {
      await this.#until(async (signal) => {
        do {
          // It may be that only a part is live.
          if (set === undefined) await this.#live.nextFlip(signal);
          else await this.#applied.next(signal);
          set = this.#find(options);
        } while (!isThere());
      }, options.signal);
    }
    if (set === undefined) throw new Error('A lease without a set');
    return this.#track(new HeldLease(set, this.#names, this.#leaseOptions(options), this.#forget));
  }

  /** Refuses new leases; those that wait are rejected. */
  refuse(): void {
    this.#closing.abort(new StagedReprocessError('REPROCESS_CLOSED', 'The reprocessor is closed'));
  }

  /** Waits until all leases have ended, for at most `timeoutMs`; then revokes what is left. */
  async drain(timeoutMs: number): Promise<void> {
    if (this.#held.size > 0 && timeoutMs > 0) {
      await new Promise<void>((resolve) => {
        const cancel = this.#options.clock.setTimer(resolve, timeoutMs, { awaited: true });
        this.#whenEmpty = () => {
          cancel();
          resolve();
        };
      });
    }
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    for (const lease of [...this.#held]) lease.revoke();
  }

  #leaseOptions(options: AcquireOptions) {
    return { frozen: options.frozen === true, nowMs: this.#options.clock.now() };
  }

  async #use<T>(lease: HeldLease, read: (lease: HeldLease) => Promise<T> | T): Promise<T> {
    this.#track(lease);
    try {
      return await this.#outer.run(lease, () => read(lease));
    } finally {
      lease.release();
    }
  }

  /** The set of a new lease; `undefined` when the caller wants to wait for one. */
  #find(options: AcquireOptions): GenerationSet | undefined {
    const isStaged = options.generation === 'staged';
    const set = isStaged ? this.#live.staged : this.#live.current;
    if (set === undefined && (isStaged || options.wait !== true)) {
      throw new StagedReprocessError(
        'REPROCESS_NOT_READY',
        isStaged
          ? 'No switch is held back: there is nothing staged to look at'
          : 'Nothing has been switched in yet: run `reprocess()` first',
      );
    }
    const isWhole = set === undefined || this.#options.awaited.every((store) => set.stores.has(store));
    return isStaged || options.wait !== true || isWhole ? set : undefined;
  }

  async #until(
    changed: (signal: AbortSignal) => Promise<void>,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const closing = this.#closing.signal;
    const either = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    try {
      await changed(either);
    } catch (error) {
      this.#throwIfClosing();
      throw signal?.aborted === true ? abortError(signal) : error;
    }
  }

  #throwIfClosing(): void {
    if (this.#closing.signal.aborted) throw abortError(this.#closing.signal);
  }

  #track(lease: HeldLease): HeldLease {
    this.#held.add(lease);
    this.#watch();
    return lease;
  }

  readonly #forget = (lease: HeldLease): void => {
    this.#held.delete(lease);
    if (this.#held.size > 0) return;
    this.#whenEmpty?.();
    this.#whenEmpty = undefined;
  };

  /** One timer for the oldest lease that is not reported yet, not one a lease. */
  #watch(): void {
    const { leaseTimeoutMs, clock } = this.#options;
    if (leaseTimeoutMs === 0 || this.#cancelTimer !== undefined) return;
    // Leases stand in the order of their beginnings.
    for (const lease of this.#held) {
      if (this.#reported.has(lease)) continue;
      const delayMs = lease.heldSinceMs + leaseTimeoutMs - clock.now();
      this.#cancelTimer = clock.setTimer(() => {
        this.#cancelTimer = undefined;
        this.#reportOld();
        this.#watch();
      }, delayMs);
      return;
    }
  }

  #reportOld(): void {
    const { leaseTimeoutMs, revokeLeases, clock } = this.#options;
    for (const lease of [...this.#held]) {
      const heldMs = clock.now() - lease.heldSinceMs;
      if (heldMs < leaseTimeoutMs || this.#reported.has(lease)) continue;
      this.#reported.add(lease);
      const { generation } = lease;
      this.#announcer.emit('lease:timeout', { generation, heldMs, revoked: revokeLeases });
      this.#announcer.alert(
        'LEASE_TIMEOUT',
        `A lease of generation ${String(generation)} has been held for ${String(heldMs)} ms${revokeLeases ? ' and is revoked' : ''}`,
      );
      if (revokeLeases) lease.revoke();
    }
  }
}
