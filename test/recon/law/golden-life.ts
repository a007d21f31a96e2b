import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { StagedReprocessor, type Delta } from '../../../src/index.ts';
import { OmMirror } from '../../../src/ozone/index.ts';
import { reconTasks } from '../../../src/recon/index.ts';
import type { SeededRandom } from '../../../src/testing/index.ts';
import { reconStores, type ReconStores } from '../recon-stores.ts';
import { storedRows, type StoredRows } from './stored-rows.ts';

export interface GoldenLifeOptions {
  /** Holds the data directory. */
  readonly folder: string;
  readonly filesystemPaths: boolean;
  readonly random: SeededRandom;
}

/** A host that follows recorded batches with a mirror, as the library's own follower does, and dies now and then. */
export class GoldenLife {
  readonly #dataDir: string;
  readonly #options: GoldenLifeOptions;
  #mirror: OmMirror | undefined;
  #reprocessor: StagedReprocessor<ReconStores> | undefined;

  constructor(options: GoldenLifeOptions) {
    this.#options = options;
    this.#dataDir = join(options.folder, 'data');
  }

  /** Rebuilds from the checkpoint in a directory. */
  async begin(checkpoint: string): Promise<void> {
    const { mirror, reprocessor } = await this.#open();
    const { id } = await mirror.stage(checkpoint);
    await reprocessor.reprocess();
    await mirror.promote(id);
  }

  /** Batches in groups of any size: some given again, some deltas cut or sent twice, some commits lost with the process. */
  async follow(batches: readonly Uint8Array[]): Promise<void> {
    const { random } = this.#options;
    for (let at = 0; at < batches.length;) {
      const { mirror, reprocessor } = await this.#open();
      const end = at + 1 + random.below(random.pick([1, 10, 300, 2000]));
      const again = random.below(3) === 0 ? random.below(40) : 0;
      const update = await mirror.live?.prepare(batches.slice(Math.max(0, at - again), end));
      if (update === undefined) throw new Error('The mirror has no live copy');
      for (const delta of this.#cut(update.delta)) await reprocessor.consume(delta);
      // Without its commit the mirror falls behind the delta log: the same batches come again.
      if (random.below(8) === 0) await this.close();
      else {
        await update.commit();
        at = end;
      }
    }
  }

  /** What is live once everything has been applied. */
  async rows(): Promise<StoredRows> {
    const { mirror, reprocessor } = await this.#open();
    await reprocessor.whenApplied(mirror.live?.sequence ?? 0n);
    return storedRows(reprocessor);
  }

  /** How often the data was rebuilt. */
  async runs(): Promise<number> {
    const { reprocessor } = await this.#open();
    return reprocessor.status().generation ?? 0;
  }

  async close(): Promise<void> {
    await this.#reprocessor?.close();
    this.#reprocessor = undefined;
    await this.#mirror?.close();
    this.#mirror = undefined;
  }

  async remove(): Promise<void> {
    await this.close();
    rmSync(this.#dataDir, { recursive: true, force: true });
  }

  #cut(delta: Delta): readonly Delta[] {
    const { random } = this.#options;
    const kind = random.below(4);
    if (kind === 0) return [delta, delta];
    const middle = delta.events[random.below(delta.events.length)]?.sequence;
    if (kind > 1 || middle === undefined || middle === delta.through) return [delta];
    return [
      { ...delta, through: middle, events: delta.events.filter(({ sequence }) => sequence <= middle) },
      { ...delta, after: middle, events: delta.events.filter(({ sequence }) => sequence > middle) },
    ];
  }

  async #open(): Promise<{ mirror: OmMirror; reprocessor: StagedReprocessor<ReconStores> }> {
    const mirror = (this.#mirror ??= await OmMirror.open(join(this.#dataDir, 'om')));
    this.#reprocessor ??= await StagedReprocessor.open({
      dataDir: this.#dataDir,
      stores: reconStores(),
      tasks: reconTasks({ filesystemPaths: this.#options.filesystemPaths }),
      source: mirror.source(),
    });
    return { mirror, reprocessor: this.#reprocessor };
  }
}
