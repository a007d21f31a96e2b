import type { StagedReprocessError } from '../../errors.ts';
import type { DeltaLog } from '../../log/delta-log.ts';
import type { SourcePosition } from '../../source/delta.ts';
import type { ReprocessReason } from '../../source/source.ts';
import type { SharedGeneration } from '../../store/generation-set.ts';
import { Bell } from '../bell.ts';
import type { Engine } from '../engine.ts';
import { rootCause } from '../root-cause.ts';
import { isSameHistory } from './same-history.ts';
import { decodeCursor } from './cursor.ts';
import { LiveAppliers } from './live-appliers.ts';
import { trimLog } from './log-room.ts';
import { SetAside } from './set-aside.ts';

/** Why a live generation takes no deltas any more: it must be rebuilt. */
export interface Block {
  readonly generation: number;
  readonly reason: ReprocessReason;
  readonly error: unknown;
}

/** Share of the log's bound from which on what nobody needs is forgotten at once. */
const TRIM_SHARE = 8;

/** What a reprocessor knows of its deltas: the log, who needs it, and what the live stores do with it. */
export class DeltaDesk {
  readonly log: DeltaLog;
  readonly setAside: SetAside;
  readonly appliers: LiveAppliers;
  /** Rung when something was logged or applied, when room was made, and when a switch may have been let through. */
  readonly bell = new Bell();
  /** Retained sets that lost their claim on the log. */
  readonly droppedWaysBack = new Set<number>();
  /** From where a run needs the log; `undefined` when none is going on. */
  runClaim: bigint | undefined;
  /** Ends the run that is going on; set while one is. */
  giveUpRun: (error: StagedReprocessError) => void = () => undefined;
  /** Told when a store must be rebuilt. */
  onNeed: () => void = () => undefined;
  /** The history of the last delta that was taken; `undefined` when it named none. */
  acceptedHistory: string | undefined;
  /** Whether all stores must be rebuilt together, since the source may count in another history. */
  wantsWholeRebuild = false;
  readonly #engine: Engine;
  readonly #blocks = new Map<string, Block>();
  #trimming: Promise<void> | undefined;
  #isAsking = false;

  constructor(engine: Engine, log: DeltaLog) {
    this.#engine = engine;
    this.log = log;
    this.acceptedHistory = log.tail?.history;
    this.appliers = new LiveAppliers(engine);
    this.setAside = new SetAside(engine.options.maxQuarantined, ({ table, reason }) => {
      engine.announcer.alert('RECORD_QUARANTINED', `A record of table '${table}' was set aside: ${reason}`);
    });
  }

  /** Why a live generation takes no deltas, if it does not. */
  blockOf(shared: SharedGeneration): Block | undefined {
    const block = this.#blocks.get(shared.store);
    return block?.generation === shared.generation ? block : undefined;
  }

  /** Whether the log was dropped before a generation could follow: it needs nothing of it any more. */
  hasLost(shared: SharedGeneration): boolean {
    return this.blockOf(shared)?.reason === 'DELTA_LOG_OVERFLOW';
  }

  /** How far a generation can follow the log without a gap; where it stands when that counts in another history. */
  reachOf({ sequence, applied }: SharedGeneration): bigint {
    const { tail } = this.log;
    const follows = tail !== undefined && isSameHistory(tail.history, applied.history);
    return follows ? this.log.reach(sequence) : sequence;
  }

  /** Whether the log goes on behind a gap, where a generation cannot follow. */
  isBehindGap(shared: SharedGeneration): boolean {
    const { tail } = this.log;
    if (tail === undefined || !isSameHistory(tail.history, shared.applied.history)) return false;
    return this.reachOf(shared) < tail.sequence;
  }

  /** The generation takes no deltas any more; the library rebuilds it, or says that it cannot. */
  block(shared: SharedGeneration, reason: ReprocessReason, error: unknown): void {
    const { store, generation } = shared;
    this.#blocks.set(store, { generation, reason, error });
    this.#engine.announcer.alert(
      reason,
      `Store '${store}' no longer follows its source and must be rebuilt${error === undefined ? '' : `: ${rootCause(error)}`}`,
      error,
    );
    this.#engine.changed();
    this.bell.ring();
    this.ask();
  }

  /** Tells that something must be rebuilt: once for all that one turn brings, so that it is one run. */
  ask(): void {
    if (this.#isAsking) return;
    this.#isAsking = true;
    queueMicrotask(() => {
      this.#isAsking = false;
      this.onNeed();
    });
  }

  /** Something was committed into a live generation. */
  applied({ store, sequence }: SharedGeneration): void {
    this.#engine.announcer.emit('applied', { store, sequence });
    this.bell.ring();
    if (this.log.sizeBytes * TRIM_SHARE > this.#engine.options.maxDeltaLogBytes) this.#trimSoon();
  }

  /** Other generations are live: those that are blocked no more go on. */
  liveChanged(): void {
    const { current } = this.#engine.live;
    // What is live needs no way back; once retained again it has a claim as any other.
    if (current !== undefined) this.droppedWaysBack.delete(current.generation);
    this.wantsWholeRebuild = false;
    this.setAside.keepOnly([...(current?.stores.values() ?? [])]);
    for (const shared of this.#engine.live.current?.stores.values() ?? []) {
      if (this.blockOf(shared) === undefined) this.#blocks.delete(shared.store);
    }
    this.bell.ring();
    this.#trimSoon();
  }

  /**
   * From where the host sends on: the end of what every live store has or can read without a gap. `undefined` before
   * anything is live or logged.
   */
  position(): SourcePosition | undefined {
    const { tail } = this.log;
    const live = [...(this.#engine.live.current?.stores.values() ?? [])].filter(
      (shared) => !this.hasLost(shared),
    );
    let lowest: { readonly sequence: bigint; readonly shared: SharedGeneration } | undefined;
    for (const shared of live) {
      const sequence = this.reachOf(shared);
      if (lowest === undefined || sequence < lowest.sequence) lowest = { sequence, shared };
    }
    if (
      lowest === undefined ||
      (lowest.sequence === tail?.sequence && isSameHistory(lowest.shared.applied.history, tail.history))
    ) {
      return tail === undefined ? undefined : { ...tail };
    }
    const { sequence, shared } = lowest;
    const { applied } = shared;
    const known = live.find((one) => one.sequence === sequence && one.applied.cursor !== undefined);
    // Before a gap the log ends where no cursor is known before the store has got there: what is sent again is ignored.
    const isShort = known === undefined && applied.cursor !== undefined;
    return {
      sequence: isShort ? applied.sequence : sequence,
      cursor: decodeCursor(this.#engine, isShort ? applied.cursor : known?.applied.cursor),
      history: applied.history,
    };
  }

  #trimSoon(): void {
    this.#trimming ??= trimLog(this.#engine)
      .catch((error: unknown) => {
        this.#engine.announcer.alert('LOG_TRIM_FAILED', 'The delta log could not be trimmed', error);
      })
      .finally(() => {
        this.#trimming = undefined;
        this.bell.ring();
      });
  }

  /** Waits for what is being applied and written, and closes the log. */
  async close(reason: StagedReprocessError): Promise<void> {
    await this.appliers.stop(reason);
    await this.#trimming;
    await this.log.close();
  }
}
