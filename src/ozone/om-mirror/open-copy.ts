import { rm } from 'node:fs/promises';
import { StagedReprocessError } from '../../errors.ts';
import type { SourceSnapshot } from '../../source/source.ts';
import { checkKeys, expected } from '../../store/expected.ts';
import type { RocksCheckpoint } from '../rocksdb/rocks-checkpoint.ts';
import { applyOperations } from './apply-operations.ts';
import type { MirrorCopy, PrepareOptions, PreparedUpdate } from './mirror-copy.ts';
import { MirrorSnapshot } from './mirror-snapshot.ts';
import { MirrorView, tablesOf } from './mirror-view.ts';
import { newOperations } from './new-operations.ts';
import type { AppliedBatch, OverlayState } from './overlay-state.ts';
import type { Overlay } from './overlay.ts';
import type { TableRows } from './row-changes.ts';

/** One copy that is open, in a directory of its own. Its overlay and checkpoint belong to it. */
export class OpenCopy implements MirrorCopy {
  readonly directory: string;
  readonly id: string;
  readonly history: string;
  readonly leader: string | undefined;
  readonly base: bigint;
  readonly tables: readonly string[];
  readonly taken: MirrorCopy['taken'];
  readonly #checkpoint: RocksCheckpoint;
  readonly #overlay: Overlay;
  #state: OverlayState;
  #commits: Promise<void> = Promise.resolve();
  /** Of snapshots and preparations: what reads the copy's files. */
  #readers = 0;
  #isRetired = false;
  #closing: Promise<void> | undefined;

  constructor(
    directory: string,
    { checkpoint, overlay }: { readonly checkpoint: RocksCheckpoint; readonly overlay: Overlay },
    state: OverlayState,
    taken: MirrorCopy['taken'],
  ) {
    this.directory = directory;
    this.id = state.id;
    this.history = state.history;
    this.leader = state.leader;
    this.base = state.base;
    this.tables = tablesOf(checkpoint);
    this.taken = taken;
    this.#checkpoint = checkpoint;
    this.#overlay = overlay;
    this.#state = state;
  }

  get sequence(): bigint {
    return this.#state.sequence;
  }

  get lastBatch(): AppliedBatch | undefined {
    return this.#state.lastBatch;
  }

  estimateBytes(): number {
    return this.#checkpoint.sizeBytes;
  }

  async openSnapshot(): Promise<SourceSnapshot> {
    const view = await this.#openView();
    return new MirrorSnapshot(view, this.#checkpoint.sizeBytes, () => this.#closeView(view));
  }

  async prepare(batches: readonly Uint8Array[], options: PrepareOptions = {}): Promise<PreparedUpdate> {
    checkKeys(options, ['signal']);
    if (!Array.isArray(batches)) throw expected('batches', 'an array of bytes', batches);
    const view = await this.#openView();
    try {
      const { state } = view;
      const { operations, through, lastBatch = state.lastBatch } = newOperations(batches, state.sequence);
      const names = this.#checkpoint.familyNames;
      const { events, tables, growth } = await applyOperations(view, operations, names, options.signal);
      const to = { ...state, sequence: through, lastBatch, growth };
      let committed: Promise<void> | undefined;
      return {
        delta: {
          after: state.sequence,
          through,
          events,
          cursor: { mirror: this.id },
          history: this.history,
        },
        commit: () =>
          (committed ??= this.#commit(state, to, tables).catch((error: unknown) => {
            committed = undefined;
            throw error;
          })),
      };
    } finally {
      await this.#closeView(view);
    }
  }

  /** Takes no more readers; deletes the copy when the last one has gone. Does not wait for that. */
  async retire(): Promise<void> {
    this.#isRetired = true;
    await this.#end();
  }

  /** Readers that go on end with an error. */
  async close(): Promise<void> {
    await (this.#closing ??= this.#close());
  }

  #commit(from: OverlayState, to: OverlayState, tables: readonly TableRows[]): Promise<void> {
    const commit = this.#commits.then(async () => {
      this.#requireOpen();
      if (this.#state.sequence !== from.sequence) {
        throw new StagedReprocessError(
          'REPROCESS_HANDLE_CLOSED',
          `Another update was committed since this one was prepared at sequence ${String(from.sequence)}`,
        );
      }
      if (to.sequence === from.sequence) return;
      await this.#overlay.commit(
        tables.flatMap((rows) => [...rows.changes()]),
        to,
      );
      this.#state = to;
    });
    this.#commits = commit.catch(() => undefined);
    return commit;
  }

  async #openView(): Promise<MirrorView> {
    this.#requireOpen();
    this.#readers++;
    try {
      const overlay = await this.#overlay.view();
      try {
        return new MirrorView(this.#checkpoint, overlay, await overlay.state());
      } catch (error) {
        await overlay.close();
        throw error;
      }
    } catch (error) {
      this.#readers--;
      throw error;
    }
  }

  async #closeView(view: MirrorView): Promise<void> {
    await view.close();
    this.#readers--;
    await this.#end();
  }

  /** The end of a retired copy comes with its last reader. */
  async #end(): Promise<void> {
    if (!this.#isRetired || this.#readers > 0) return;
    await this.close();
  }

  async #close(): Promise<void> {
    await this.#commits;
    this.#checkpoint.close();
    await this.#overlay.close();
    // What cannot be deleted now is swept at the next opening: no reader must fail for it.
    if (this.#isRetired) await rm(this.directory, { recursive: true, force: true }).catch(() => undefined);
  }

  #requireOpen(): void {
    if (!this.#isRetired && this.#closing === undefined) return;
    throw new StagedReprocessError(
      'REPROCESS_HANDLE_CLOSED',
      `The copy ${this.id} of the mirror was ${this.#isRetired ? 'replaced' : 'closed'}`,
    );
  }
}
