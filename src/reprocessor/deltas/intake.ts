import { abortError, StagedReprocessError, throwIfAborted } from '../../errors.ts';
import type { Delta } from '../../source/delta.ts';
import type { Engine } from '../engine.ts';
import { untilAborted } from '../within-time.ts';
import { isSameHistory } from './same-history.ts';
import { checkDelta } from './check-delta.ts';
import { currentHistory, dropOtherLog } from './histories.ts';
import { logClaims } from './log-claims.ts';
import { isFull, makeRoom } from './log-room.ts';

/** @public */
export interface ConsumeOptions {
  /**
   * Whether to wait until the delta is on the disk. Without it `consume` resolves when the delta is accepted: right for a
   * source that can send again from `position()`.
   *
   * @defaultValue true
   */
  readonly durable?: boolean;
  /** Ends the wait for room in a full log. */
  readonly signal?: AbortSignal;
}

/** Non-durable deltas wait, too, once so many bytes are not written yet. */
const MAX_PENDING_BYTES = 8 << 20;

interface Accepted {
  readonly written: Promise<void>;
  readonly gap?: StagedReprocessError;
}

/** Takes deltas from the host, one after another: checks them, makes room, and logs them. */
export class DeltaIntake {
  /** Deltas that were logged, and those that were ignored because everything in them was known. */
  accepted = 0;
  ignored = 0;
  /** Whether somebody waits for room in the log. */
  isWaiting = false;
  readonly #engine: Engine;
  readonly #closing = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  #lastWritten: Promise<void> = Promise.resolve();

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  async consume(delta: Delta, { durable = true, signal }: ConsumeOptions): Promise<void> {
    checkDelta(delta);
    // Its turn may come later: what was checked is what is logged, whatever becomes of the host's object meanwhile.
    const own: Delta = { ...delta, events: [...delta.events] };
    this.#throwIfClosing();
    this.#checkTasks();
    throwIfAborted(signal);
    const accepting = this.#turn.then(() => this.#accept(own, signal));
    this.#turn = accepting.catch(() => undefined);
    // Also while others wait for room before it: once aborted, it is not accepted any more.
    const { written, gap } = signal === undefined ? await accepting : await untilAborted(accepting, signal);
    const { log } = this.#engine.deltas;
    if (durable || gap !== undefined || log.pendingBytes > MAX_PENDING_BYTES) await written;
    if (gap !== undefined) throw gap;
  }

  /** Refuses deltas from now on, those that wait for room too. Resolves when none is on its way. */
  async close(reason: StagedReprocessError): Promise<void> {
    this.#closing.abort(reason);
    await this.#turn;
  }

  async #accept(delta: Delta, signal: AbortSignal | undefined): Promise<Accepted> {
    this.#throwIfClosing();
    throwIfAborted(signal);
    const { deltas, live } = this.#engine;
    this.#checkHistory(delta);
    // Right after a switch to another history the log may still be that of the one before, where this is not known.
    if (live.current !== undefined) await dropOtherLog(this.#engine, currentHistory(this.#engine));
    if (this.#isKnown(delta)) {
      this.ignored += 1;
      const { log } = deltas;
      const isWritten = log.pendingBytes === 0 || log.covers(delta.after, delta.through);
      return { written: isWritten ? Promise.resolve() : this.#rewritten(delta) };
    }
    const gap = this.#gapBefore(delta);
    // What closes a gap is let in even when the log is full: it is what makes room.
    if (!this.#closesGap(delta)) await this.#room(signal, gap);
    const history = delta.history ?? currentHistory(this.#engine);
    deltas.acceptedHistory = history;
    const { durable } = deltas.log.append(history === undefined ? delta : { ...delta, history });
    this.accepted += 1;
    const written = durable.then(() => {
      deltas.bell.ring();
      deltas.appliers.wake();
      if (gap !== undefined) deltas.ask();
    });
    this.#lastWritten = written;
    written.catch((error: unknown) => {
      this.#engine.announcer.alert('REPROCESS_DELTA_LOG_FAILED', 'A delta could not be logged', error);
    });
    return gap === undefined ? { written } : { written, gap };
  }

  /** A delta that is on its way to the disk already was sent again: it is acknowledged when it is there. */
  async #rewritten({ after, through }: Delta): Promise<void> {
    await this.#lastWritten;
    const { live, deltas } = this.#engine;
    const isApplied = [...(live.current?.stores.values() ?? [])].every(({ sequence }) => sequence >= through);
    if (deltas.log.covers(after, through) || (live.current !== undefined && isApplied)) return;
    throw new StagedReprocessError(
      'REPROCESS_DELTA_LOG_FAILED',
      'The delta was sent before and could not be logged; send it again',
    );
  }

  /** Whether a live store that stands before a gap gets on by it. */
  #closesGap({ after, through }: Delta): boolean {
    const { live, deltas } = this.#engine;
    return [...(live.current?.stores.values() ?? [])].some((shared) => {
      if (!deltas.isBehindGap(shared)) return false;
      const reached = deltas.reachOf(shared);
      return after <= reached && through > reached;
    });
  }

  /** Whether every store has it, or can read it from the log. */
  #isKnown({ after, through }: Delta): boolean {
    const { live, deltas } = this.#engine;
    if (after === through || deltas.log.acceptedReach(after) >= through) return true;
    const stores = [...(live.current?.stores.values() ?? [])];
    const isLive = stores.length > 0 && stores.every((shared) => shared.sequence >= through);
    return isLive && !this.#isForWayBack(after, through);
  }

  /** Whether a retained set would follow with it: the snapshot that is live may lie ahead of the deltas. */
  #isForWayBack(after: bigint, through: bigint): boolean {
    const { log } = this.#engine.deltas;
    return logClaims(this.#engine).some(
      (claim) =>
        claim.holder === 'retained' && claim.after < through && log.acceptedReach(claim.after) >= after,
    );
  }

  /** The error of a delta before which changes are missing. It is logged all the same, for the snapshot to come. */
  #gapBefore({ after }: Delta): StagedReprocessError | undefined {
    const { live, deltas } = this.#engine;
    const { acceptedThrough } = deltas.log;
    // A store that must be rebuilt because the log was dropped misses nothing more.
    const stores = [...(live.current?.stores.values() ?? [])].filter((shared) => !deltas.hasLost(shared));
    const reached = stores.map((shared) => deltas.log.acceptedReach(shared.sequence));
    const isFirst = stores.length === 0 && acceptedThrough === undefined;
    const isMissed = stores.length === 0 || reached.some((sequence) => sequence < after);
    // Behind a gap that was told already the log may go on without one.
    if (isFirst || !isMissed || (acceptedThrough !== undefined && after <= acceptedThrough)) return undefined;
    const [first = acceptedThrough ?? after, ...others] = reached;
    const expectedAfter = others.reduce((low, one) => (one < low ? one : low), first);
    return new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      `Changes are missing between sequence ${String(expectedAfter)} and ${String(after)}. The delta is kept in the log; the data is rebuilt from a new snapshot, unless what is missing is sent before`,
      { details: { expectedAfter, after } },
    );
  }

  /** A delta of another history cannot follow the live data: it is not logged, and all is rebuilt. */
  #checkHistory({ history }: Delta): void {
    const known = currentHistory(this.#engine);
    if (isSameHistory(known, history)) return;
    const error = new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      `The delta counts in history '${String(history)}', the live data in '${String(known)}'. It was not taken; after the rebuild send on from position()`,
      { details: { history, liveHistory: known } },
    );
    const { live, deltas, announcer } = this.#engine;
    // Whether the source really counts anew only a snapshot can tell: until then the live data follows what it knows.
    if (live.current !== undefined && !deltas.wantsWholeRebuild) {
      announcer.alert('SEQUENCE_GAP', 'A delta counts in another history: all is rebuilt', error);
      deltas.wantsWholeRebuild = true;
      deltas.ask();
    }
    throw error;
  }

  async #room(signal: AbortSignal | undefined, gap: StagedReprocessError | undefined): Promise<void> {
    const { deltas, announcer, options } = this.#engine;
    const closing = this.#closing.signal;
    const either = signal === undefined ? closing : AbortSignal.any([signal, closing]);
    try {
      // What is only on its way to the disk may be room already when it is there.
      if (isFull(this.#engine)) await this.#lastWritten.catch(() => undefined);
      while (isFull(this.#engine) && !(await makeRoom(this.#engine))) {
        this.#throwBehindGap(gap);
        if (!this.isWaiting) {
          this.isWaiting = true;
          announcer.alert(
            'DELTA_LOG_FULL',
            `The delta log holds ${String(options.maxDeltaLogBytes)} bytes that are still needed: consume() waits`,
          );
        }
        await deltas.bell.next(either);
      }
    } catch (error) {
      throw signal?.aborted === true ? abortError(signal) : error;
    } finally {
      this.isWaiting = false;
    }
  }

  /** Without a source only what is missing makes room again: whoever waits here would keep it out. */
  #throwBehindGap(gap: StagedReprocessError | undefined): void {
    const { live, deltas, options } = this.#engine;
    const stores = [...(live.current?.stores.values() ?? [])];
    if (options.source !== undefined || !stores.some((shared) => deltas.isBehindGap(shared))) return;
    throw new StagedReprocessError(
      'REPROCESS_SEQUENCE_GAP',
      'Changes are missing, and the delta log is full of what comes after them. The delta was not taken: send what is missing from position() on',
      { cause: gap },
    );
  }

  #checkTasks(): void {
    const task = this.#engine.tasks.find((one) => one.process === undefined);
    if (task === undefined) return;
    throw new StagedReprocessError(
      'REPROCESS_TASK_INVALID',
      `Task '${task.taskName}' has no process(), so that it cannot follow deltas`,
      { details: { task: task.taskName } },
    );
  }

  #throwIfClosing(): void {
    if (this.#closing.signal.aborted) throw abortError(this.#closing.signal);
  }
}
