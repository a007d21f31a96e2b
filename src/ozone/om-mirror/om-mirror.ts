import { StagedReprocessError } from '../../errors.ts';
import type { Source } from '../../source/source.ts';
import { expected } from '../../store/expected.ts';
import { CheckpointShelf } from './checkpoint-shelf.ts';
import { createCopy } from './copy-directory.ts';
import { checkOpening, checkStaging, type OmMirrorOptions, type StageOptions } from './mirror-arguments.ts';
import type { MirrorCopy } from './mirror-copy.ts';
import { writeMirrorRecord } from './mirror-record.ts';
import type { OpenCopy } from './open-copy.ts';
import { openCopies, sweepMirror, type OpenCopies } from './open-copies.ts';

export type { MirrorCopy, PreparedUpdate, PrepareOptions } from './mirror-copy.ts';
export type { AppliedBatch } from './overlay-state.ts';
export type { OmMirrorOptions, StageOptions } from './mirror-arguments.ts';

/**
 * The library's own copy of an Ozone Manager's database, kept level with it by write batches: a checkpoint, which never changes,
 * and an overlay of the changes applied since. A new checkpoint is staged beside the live copy until the data that is rebuilt from
 * it is live.
 *
 * The directory belongs to one process at a time: the holder of the data directory's lock. Whatever a crash interrupts, the next
 * opening finds the copies as they were before or after.
 *
 * @example
 * ```ts
 * await using mirror = await OmMirror.open(join(dataDir, 'om'))
 * const copy = await mirror.stage('om.db_checkpoint.tar', { leader: 'om1' })
 * await reprocessor.reprocess({ source: mirror.source() })
 * await mirror.promote(copy.id)
 * const update = await copy.prepare(batches)
 * await reprocessor.consume(update.delta)
 * await update.commit()
 * ```
 *
 * @public
 */
export class OmMirror implements AsyncDisposable {
  readonly directory: string;
  #live: OpenCopy | undefined;
  #staged: OpenCopy | undefined;
  /** Changes of the copies come one after the other. */
  #last: Promise<unknown> = Promise.resolve();
  readonly #closer = new AbortController();
  #closing: Promise<void> | undefined;

  private constructor(directory: string, { live, staged }: OpenCopies) {
    this.directory = directory;
    this.#live = live;
    this.#staged = staged;
  }

  /**
   * Opens the mirror in `directory`, which is made if it is missing, and deletes what a crash left half-made. Whoever opens it
   * closes it.
   *
   * @throws StagedReprocessError `REPROCESS_FOREIGN_DATA` when something lies there that the library did not put there;
   * `REPROCESS_CONTROL_CORRUPT` or `REPROCESS_SOURCE_CORRUPT` when it is damaged, `REPROCESS_FORMAT_NEWER`, `REPROCESS_LOCKED`,
   * `REPROCESS_SOURCE_FAILED`. Nothing is deleted then.
   */
  static async open(directory: string, options: OmMirrorOptions = {}): Promise<OmMirror> {
    checkOpening(directory, options);
    const shelf = new CheckpointShelf(directory);
    await shelf.claim();
    const copies = await openCopies(shelf, options);
    try {
      await sweepMirror(shelf, copies);
      return new OmMirror(directory, copies);
    } catch (error) {
      await copies.live?.close();
      await copies.staged?.close();
      throw error;
    }
  }

  /** The copy that the live data stems from; `undefined` before the first was promoted. */
  get live(): MirrorCopy | undefined {
    return this.#live;
  }

  /** The copy that waits for its data to be live. */
  get staged(): MirrorCopy | undefined {
    return this.#staged;
  }

  /**
   * Takes a checkpoint in beside the live copy: a directory, by hard links or else copies, which stays as it is; or an archive,
   * unpacked. Durable when this resolves. One that was staged before is dropped; its snapshots can be read until they are closed.
   *
   * @throws StagedReprocessError what `openOmCheckpoint` and `extractOmCheckpoint` throw; then nothing has changed.
   */
  async stage(checkpoint: string, options: StageOptions = {}): Promise<MirrorCopy> {
    checkStaging(checkpoint, options);
    const { history, leader, requireComplete = false, signal } = options;
    return this.#change(async () => {
      const { signal: closed } = this.#closer;
      const copy = await createCopy(this.directory, {
        checkpoint,
        history: history === undefined ? 'random' : { named: history },
        leader,
        requireComplete,
        signal: signal === undefined ? closed : AbortSignal.any([signal, closed]),
      });
      await this.#put(this.#live, copy).catch(async (error: unknown) => {
        await copy.close();
        throw error;
      });
      return copy;
    });
  }

  /**
   * Makes the staged copy the live one, durably and at once. The one before is deleted as soon as its snapshots are closed. For the
   * live copy it does nothing.
   *
   * @throws TypeError when there is no such copy.
   */
  async promote(id: string): Promise<void> {
    await this.#change(() => this.#promote(id));
  }

  /**
   * After a crash: makes the copies fit the live data. `id` is that of the copy which the live data's cursor names
   * (`position().cursor.mirror`). A staged copy with that id is promoted; when it is the live copy's, the staged one is dropped.
   * Otherwise nothing changes.
   */
  async settle(id: string | undefined): Promise<void> {
    await this.#change(async () => {
      if (id === undefined) return;
      if (this.#staged?.id === id) await this.#promote(id);
      else if (this.#live?.id === id) await this.#unstage();
    });
  }

  /** Drops the staged copy, if there is one: its data will not be live. */
  async unstage(): Promise<void> {
    await this.#change(() => this.#unstage());
  }

  /** A source whose snapshots are those of the staged copy if there is one, else of the live one. */
  source(): Source {
    return {
      openSnapshot: async () => {
        this.#requireOpen();
        const copy = this.#staged ?? this.#live;
        if (copy !== undefined) return copy.openSnapshot();
        throw new StagedReprocessError(
          'REPROCESS_SOURCE_FAILED',
          `The mirror ${this.directory} has no copy of a database yet`,
        );
      },
    };
  }

  /** Ends a staging that goes on; snapshots that are open end with `REPROCESS_HANDLE_CLOSED`. May be called twice. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#closer.abort(
      new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `The mirror ${this.directory} is closed`),
    );
    await this.#last;
    await this.#live?.close();
    await this.#staged?.close();
  }

  async #promote(id: string): Promise<void> {
    if (this.#live?.id === id) return;
    const staged = this.#staged;
    if (staged?.id !== id) throw expected('id', 'that of the staged copy', id);
    await this.#put(staged, undefined);
  }

  async #unstage(): Promise<void> {
    if (this.#staged !== undefined) await this.#put(this.#live, undefined);
  }

  /** Which copies there are, on disk and then here. Those that are no longer among them go. */
  async #put(live: OpenCopy | undefined, staged: OpenCopy | undefined): Promise<void> {
    const before = [this.#live, this.#staged];
    await writeMirrorRecord(this.directory, { live: live?.id, staged: staged?.id });
    this.#live = live;
    this.#staged = staged;
    for (const copy of before) if (copy !== live && copy !== staged) await copy?.retire();
  }

  #change<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#last.then(() => {
      this.#requireOpen();
      return change();
    });
    this.#last = changed.catch(() => undefined);
    return changed;
  }

  #requireOpen(): void {
    if (this.#closing === undefined) return;
    throw new StagedReprocessError('REPROCESS_HANDLE_CLOSED', `The mirror ${this.directory} is closed`);
  }
}
