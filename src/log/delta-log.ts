import type { Delta, SourcePosition } from '../source/delta.ts';
import { AppendQueue } from './append-queue.ts';
import { checkSequence, encodeDelta } from './cut-delta.ts';
import { checkCodec, type DeltaCodec } from './delta-codec.ts';
import { deleteBelow, deleteRemains } from './delete-records.ts';
import { LevelLogStorage } from './level-log-storage.ts';
import { LogAccess } from './log-access.ts';
import { logClosed } from './log-errors.ts';
import { LogIndex } from './log-index.ts';
import type { LogStorage } from './log-storage.ts';
import { positionOf } from './log-tail.ts';
import { MemoryLogStorage } from './memory-log-storage.ts';
import { readRun, type LoggedRun, type ReadLimits } from './read-run.ts';
import type { SequenceStretch } from './sequence-stretches.ts';
import { writeAppends } from './write-appends.ts';

export interface DeltaLogOptions {
  readonly codec: DeltaCodec;
  readonly failPoint?: (name: string) => Promise<void>;
}

/** What `append` has accepted. */
export interface AcceptedDelta {
  /** Resolves when it is on the disk. Its rejection need not be handled. */
  readonly durable: Promise<void>;
  /** What it takes in the log. */
  readonly bytes: number;
}

/**
 * The durable log of deltas, in a LevelDB of its own or in memory. A delta may leave a gap behind the one before, or send
 * again what is there already: reading gives every event once, and ends at a gap.
 *
 * Its memory holds what waits for the disk and the stretches that are covered, nothing of the single record. Methods
 * reject with `REPROCESS_DELTA_LOG_FAILED` when the disk refuses its service, and with `REPROCESS_CLOSED` after `close`.
 */
export class DeltaLog {
  readonly #codec: DeltaCodec;
  readonly #failPoint: (name: string) => Promise<void>;
  readonly #queue = new AppendQueue();
  readonly #access: LogAccess;
  #index: LogIndex;
  #tail: SourcePosition | undefined;
  #tailOf: LogIndex['end'];
  #flushing: Promise<void> | undefined;
  /** Counts the calls of `dropAll`. */
  #drops = 0;
  #closing: Promise<void> | undefined;

  private constructor(storage: LogStorage, index: LogIndex, { codec, failPoint }: DeltaLogOptions) {
    this.#codec = codec;
    this.#failPoint = failPoint ?? (() => Promise.resolve());
    this.#index = index;
    this.#queue.refresh(index);
    this.#access = new LogAccess(storage, async (sound) => {
      this.#index = await LogIndex.load(sound, codec);
      this.#queue.refresh(this.#index);
    });
  }

  /**
   * Opens the log at `path`, and makes it if there is none; in memory without a path.
   *
   * @throws StagedReprocessError `REPROCESS_DELTA_LOG_CORRUPT` when it is damaged or another codec wrote it,
   * `REPROCESS_FORMAT_NEWER`, `REPROCESS_FOREIGN_DATA`, `REPROCESS_LOCKED`, `REPROCESS_DELTA_LOG_FAILED`.
   */
  static async open(options: DeltaLogOptions & { readonly path: string | undefined }): Promise<DeltaLog> {
    checkCodec(options.codec);
    const { path } = options;
    return DeltaLog.over(
      path === undefined ? new MemoryLogStorage() : await LevelLogStorage.open(path),
      options,
    );
  }

  /** Opens the log in a storage, which it closes. */
  static async over(storage: LogStorage, options: DeltaLogOptions): Promise<DeltaLog> {
    checkCodec(options.codec);
    try {
      const log = new DeltaLog(storage, await LogIndex.load(storage, options.codec), options);
      await log.#removeRemains();
      return log;
    } catch (error) {
      await storage.close().catch(() => undefined);
      throw error;
    }
  }

  /** Removes a log that is not open, however damaged it is. */
  static destroy(path: string): Promise<void> {
    return LevelLogStorage.destroy(path);
  }

  /** What is durable: ascending, not touching one another. Normally one. */
  get stretches(): readonly SequenceStretch[] {
    return this.#index.stretches.list;
  }

  /** Of the durable records, keys and values. */
  get sizeBytes(): number {
    return this.#index.sizeBytes;
  }

  get records(): number {
    return this.#index.records;
  }

  /** Accepted and not durable yet. */
  get pendingBytes(): number {
    return this.#queue.bytes;
  }

  /** The end of the durable record that reaches furthest; stays when it is trimmed, and over a reopening. */
  get tail(): SourcePosition | undefined {
    const { end } = this.#index;
    if (this.#tailOf !== end) this.#tail = end && positionOf(end, this.#codec);
    this.#tailOf = end;
    return this.#tail;
  }

  /** As far as any accepted delta reaches, durable or not. */
  get acceptedThrough(): bigint | undefined {
    return this.#queue.acceptedThrough;
  }

  /** Whether all of (after, through] is durable. */
  covers(after: bigint, through: bigint): boolean {
    return this.reach(after) >= through;
  }

  /** How far the durable records go on from `from` without a gap; `from` itself when nothing follows it. */
  reach(from: bigint): bigint {
    return this.#index.stretches.reach(from);
  }

  /** Like `reach`, and counts what is accepted and not durable yet. */
  acceptedReach(from: bigint): bigint {
    return this.#queue.accepted.reach(from);
  }

  /**
   * Accepts a delta at once, in the order of the calls, and copies it. All that waits when the disk is free goes into one
   * synced batch. When that fails, its deltas are not in the log, nor are those accepted later that go on from them.
   *
   * @throws TypeError on sequences outside of 0 to 2^63 - 1, a delta that does not go forward, events out of order, and
   * what the codec refuses; the message names the place.
   */
  append(delta: Delta): AcceptedDelta {
    if (this.#closing !== undefined) throw logClosed();
    const { written, bytes } = this.#queue.add(encodeDelta(delta, this.#codec));
    this.#flush();
    return { durable: written, bytes };
  }

  /**
   * The events that follow `from` up to a gap or a limit, which cuts between sequences: only a first sequence that is
   * larger by itself goes beyond it. A change of the history ends a run, too. `undefined` when nothing durable follows.
   * `more` tells whether anything would be left.
   *
   * @throws StagedReprocessError `REPROCESS_DELTA_LOG_CORRUPT` when a record is damaged.
   */
  async read(
    from: bigint,
    limits: ReadLimits,
  ): Promise<(LoggedRun & { readonly more: boolean }) | undefined> {
    if (this.#closing !== undefined) throw logClosed();
    const run = await this.#access.read(async (storage) => {
      const reach = this.reach(from);
      if (reach <= from || (limits.through !== undefined && limits.through <= from)) return undefined;
      return readRun(storage, this.#codec, { epoch: this.#index.epoch, from, reach }, limits);
    });
    if (run === undefined) return undefined;
    const { through } = run;
    const more = this.reach(through) > through && (limits.through === undefined || through < limits.through);
    return { ...run, more };
  }

  /**
   * Forgets the records that end at or below `below`, in steps between which appends go on. The tail stays. What lies
   * below is not covered any more, even if a record that reaches further still has it.
   */
  async trim(below: bigint): Promise<void> {
    checkSequence('below', below);
    if (this.#closing !== undefined) throw logClosed();
    const drops = this.#drops;
    while (drops === this.#drops && (await this.#trimStep(below)));
    await this.#failPoint('log:trimmed');
  }

  /** Forgets everything, the tail too, at once and durably: another history begins. Appends called later belong to it. */
  async dropAll(): Promise<void> {
    if (this.#closing !== undefined) throw logClosed();
    this.#drops += 1;
    const { written } = this.#queue.add([]);
    this.#flush();
    await written;
    await this.#removeRemains();
  }

  /** Waits for what is being written and read. May be called twice. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.#flushing;
      await this.#access.close();
    })();
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #flush(): void {
    this.#flushing ??= this.#writeAll();
  }

  async #writeAll(): Promise<void> {
    while (!this.#queue.isEmpty) {
      try {
        await this.#access.write(async (storage) => {
          const batch = this.#queue.take();
          await this.#failPoint('log:append');
          this.#index = await writeAppends(storage, this.#index, batch, this.#codec.name);
          await this.#failPoint('log:appended');
        });
        this.#queue.settle();
      } catch (error) {
        this.#queue.fail(error, this.#index);
      }
    }
    // In the same turn in which the queue was found empty: what comes later starts anew.
    this.#flushing = undefined;
  }

  /** Whether there may be more to trim. */
  #trimStep(below: bigint): Promise<boolean> {
    return this.#access.write(async (storage) => {
      this.#index.stretches.trim(below);
      this.#queue.refresh(this.#index);
      return deleteBelow(storage, this.#index, below);
    });
  }

  /** Deletes what a history before has left. */
  async #removeRemains(): Promise<void> {
    while (await this.#access.write((storage) => deleteRemains(storage, this.#index)));
  }
}
